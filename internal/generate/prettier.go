package generate

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// lineWidth is Prettier's default printWidth.
const lineWidth = 80

// fits reports whether a line is short enough to stay one.
func fits(line string) bool { return columns(line) <= lineWidth }

// columns is how many a text takes, as Prettier counts: two for wide characters,
// none for those that combine with the one before.
func columns(s string) int {
	n := 0
	for _, r := range s {
		switch width.LookupRune(r).Kind() {
		case width.EastAsianWide, width.EastAsianFullwidth:
			n += 2
		default:
			if !unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
				n++
			}
		}
	}
	return n
}

// tsString is a string literal in the quotes that need fewer escapes, double
// ones where both need as many.
func tsString(s string) string {
	quote := `"`
	if strings.Count(s, `"`) > strings.Count(s, `'`) {
		quote = `'`
	}
	return quote + strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\t", `\t`, quote, `\`+quote).Replace(s) + quote
}

// tsKey is the key of a property, quoted where it has to be.
func tsKey(s string) string {
	if regexp.MustCompile(`^[a-zA-Z_$][a-zA-Z0-9_$]*$`).MatchString(s) {
		return s
	}
	return tsString(s)
}
