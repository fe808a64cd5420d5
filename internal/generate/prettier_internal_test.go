package generate

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rolekit/rolekit/internal/services"
)

// TestColumnsAreThoseThatPrettierCounts asks Prettier how wide each character is
// that is written as it is, and each pair of those of which flags are made.
func TestColumnsAreThoseThatPrettierCounts(t *testing.T) {
	var texts []string
	for r := rune(0x20); r < 0x40000; r++ { // behind that, none is seen
		if plain(r) {
			texts = append(texts, string(r))
		}
	}
	for a := rune(0x1f1e6); a <= 0x1f1ff; a++ {
		for b := rune(0x1f1e6); b <= 0x1f1ff; b++ {
			texts = append(texts, string([]rune{a, b}))
		}
	}
	const script = `
const { util } = await import(process.argv[1]);
const { text } = await import("node:stream/consumers");
const widths = (await text(process.stdin)).split("\n").map((s) => util.getStringWidth(s));
process.stdout.write(widths.join("\n"));
`
	cmd := exec.CommandContext(t.Context(), "node", "--input-type=module", "--eval", script, //nolint:gosec // the test's own
		filepath.Join(services.NodeModules(t), "prettier", "index.mjs"))
	cmd.Stdin = strings.NewReader(strings.Join(texts, "\n"))
	var failed bytes.Buffer
	cmd.Stderr = &failed
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, failed.String())
	}
	said := strings.Split(string(out), "\n")
	if len(said) != len(texts) {
		t.Fatalf("%d answers to %d questions", len(said), len(texts))
	}
	for i, text := range texts {
		if got := strconv.Itoa(columns(text)); got != said[i] {
			t.Errorf("%q, %U: %s columns, and to Prettier %s", text, []rune(text), got, said[i])
		}
	}
}

func TestStringsEscapeWhatIsNotSeen(t *testing.T) {
	for text, want := range map[string]string{
		`plain é Ａ 🎉`:         `"plain é Ａ 🎉"`,
		`"two", 'one'`:        `"\"two\", 'one'"`,
		`"two" 'one`:          `'"two" \'one'`,
		`back\slash`:          `"back\\slash"`,
		"line\nand\ttab":      `"line\nand\ttab"`,
		"ls\u2028ps\u2029":    `"ls\u2028ps\u2029"`,
		"nbsp\u00a0":          `"nbsp\u00a0"`,
		"bom\ufeff":           `"bom\ufeff"`,
		"rtl\u202e":           `"rtl\u202e"`,
		"a\u0301":             "\"a\u0301\"",
		"👍🏽":                  `"👍\u{1f3fd}"`,
		"❤️":                  `"❤\ufe0f"`,
		"👩‍👧":                 `"👩\u200d👧"`,
		"1\u20e3":             `"1\u20e3"`,
		"*/ `${x}` </script>": "\"*/ `${x}` </script>\"",
	} {
		if got := tsString(text); got != want {
			t.Errorf("%q is written %s, want %s", text, got, want)
		}
	}
}
