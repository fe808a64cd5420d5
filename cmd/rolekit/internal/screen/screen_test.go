package screen_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rolekit/rolekit/cmd/rolekit/internal/screen"
)

func TestSafe(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "casey": "casey", "Tom's Lawn Care": "Tom's Lawn Care", "\u9375": "\u9375",
		"\x1b[31mred":  `"\x1b[31mred"`,
		"a\u202eb":     `"a\u202eb"`, // turns the direction of writing
		"a\u009b31m":   `"a\u009b31m"`,
		"two\nlines":   `"two\nlines"`,
		"\xff":         `"\xff"`,
		"\x7f":         `"\x7f"`,
		"zero\u200bed": `"zero\u200bed"`,
	} {
		if got := screen.Safe(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

func TestSafeLines(t *testing.T) {
	for text, want := range map[string]string{
		"one\ntwo\n":             "one\ntwo\n",
		"no \x1b[2J\ntwo \u202e": "no \\x1b[2J\ntwo \\u202e",
		"a\xffb":                 `a\xffb`,
		"a\rb":                   `a\rb`,
	} {
		if got := screen.SafeLines(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestWriteJSONMeansTheSame(t *testing.T) {
	want := map[string]string{"a": "x\u009by\u202e<&>\x1b", "b": "\U000e0001 tags", "c": "\u9375"}
	var b strings.Builder
	if err := screen.WriteJSON(&b, want, true); err != nil {
		t.Fatal(err)
	}
	if screen.SafeLines(b.String()) != b.String() || !strings.Contains(b.String(), "<&>") {
		t.Errorf("it shows what a terminal obeys, or escapes what none does: %q", b.String())
	}
	var got map[string]string
	if err := json.Unmarshal([]byte(b.String()), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTable(t *testing.T) {
	got := screen.Table(0, []string{"ROLE", "X", "LAST"}, [][]string{{"a", "\x1b[31mred\x1b[0m", "1"}, {"\u9375\u9375", "", ""}})
	want := "ROLE  X    LAST\na     \x1b[31mred\x1b[0m  1\n\u9375\u9375\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTableIsNoWiderThanTheScreen(t *testing.T) {
	rows := [][]string{{"a", strings.Repeat("x", 20), "1"}, {"b", "\u9375\u9375\u9375\u9375\u9375\u9375\u9375\u9375", "2"}}
	for columns, want := range map[int]string{
		23: "ROLE  WHO             N\na     xxxxxxxxxxxxxx  1\n      xxxxxx\nb     \u9375\u9375\u9375\u9375\u9375\u9375\u9375  2\n      \u9375\n",
		29: "ROLE  WHO                   N\na     xxxxxxxxxxxxxxxxxxxx  1\nb     \u9375\u9375\u9375\u9375\u9375\u9375\u9375\u9375      2\n",
		2:  "ROLE  WHO           N\na     xxxxxxxxxxxx  1\n      xxxxxxxx\nb     \u9375\u9375\u9375\u9375\u9375\u9375  2\n      \u9375\u9375\n", // it would not become readable
	} {
		if diff := cmp.Diff(want, screen.Table(columns, []string{"ROLE", "WHO", "N"}, rows)); diff != "" {
			t.Errorf("%d columns: %s", columns, diff)
		}
	}
}

func TestCut(t *testing.T) {
	for _, test := range []struct {
		text    string
		columns int
		want    string
	}{{"casey", 5, "casey"}, {"casey", 4, "cas\u2026"}, {"\u9375\u9375\u9375", 6, "\u9375\u9375\u9375"}, {"\u9375\u9375\u9375", 5, "\u9375\u9375\u2026"}, {"\u9375\u9375\u9375", 4, "\u9375\u2026"}, {"ab", 1, "\u2026"}, {"", 0, ""}} {
		if got := screen.Cut(test.text, test.columns); got != test.want {
			t.Errorf("%s to %d: got %s, want %s", test.text, test.columns, got, test.want)
		}
	}
}
