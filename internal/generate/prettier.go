package generate

import (
	"fmt"
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
// none for marks, which stand on the character before.
func columns(s string) int {
	n := 0
	for _, r := range s {
		switch kind := width.LookupRune(r).Kind(); {
		case unicode.Is(unicode.Mn, r):
		case kind == width.EastAsianWide, kind == width.EastAsianFullwidth, unicode.Is(alsoWide(), r):
			n += 2
		default:
			n++
		}
	}
	return n
}

// alsoWide are the characters that Unicode 16 made wide, where package width knows
// 15, and the narrow emoji that can have a tone of skin, which Prettier takes for wide.
func alsoWide() *unicode.RangeTable {
	return &unicode.RangeTable{
		R16: []unicode.Range16{
			{0x261d, 0x261d, 1}, {0x2630, 0x2637, 1}, {0x268a, 0x268f, 1}, {0x26f9, 0x26f9, 1}, {0x270c, 0x270d, 1}, {0x4dc0, 0x4dff, 1},
		},
		R32: []unicode.Range32{
			{0x1d300, 0x1d356, 1}, {0x1d360, 0x1d376, 1}, {0x1f3cb, 0x1f3cc, 1}, {0x1f574, 0x1f575, 1}, {0x1f590, 0x1f590, 1},
		},
	}
}

// plain reports whether a character stands in source text as it is. What is not
// seen there, such as a change of direction or the end of a line, is escaped; and so
// is what changes the character before, which makes one emoji of several, for only
// tables of all emoji tell how wide that is.
func plain(r rune) bool {
	changes := &unicode.RangeTable{
		R16: []unicode.Range16{{0xfe00, 0xfe0f, 1}},                          // how it is shown
		R32: []unicode.Range32{{0x1171e, 0x1171e, 1}, {0x1f3fb, 0x1f3ff, 1}}, // Unicode 16 calls the first no such mark; and skin tones
	}
	return unicode.IsPrint(r) && !unicode.In(r, changes, unicode.Me)
}

// tsString is a string literal in the quotes that need fewer escapes, double
// ones where both need as many.
func tsString(s string) string {
	quote := '"'
	if strings.Count(s, `"`) > strings.Count(s, `'`) {
		quote = '\''
	}
	var b strings.Builder
	b.WriteRune(quote)
	for _, r := range s {
		switch {
		case r == quote, r == '\\':
			b.WriteRune('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case plain(r):
			b.WriteRune(r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\u{%x}`, r)
		}
	}
	b.WriteRune(quote)
	return b.String()
}

// tsKey is the key of a property, quoted where it has to be.
func tsKey(s string) string {
	if regexp.MustCompile(`^[a-zA-Z_$][a-zA-Z0-9_$]*$`).MatchString(s) {
		return s
	}
	return tsString(s)
}
