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
	got := screen.Table([]string{"ROLE", "X", "LAST"}, [][]string{{"a", "\x1b[31mred\x1b[0m", "1"}, {"\u9375\u9375", "", ""}})
	want := "ROLE  X    LAST\na     \x1b[31mred\x1b[0m  1\n\u9375\u9375\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
