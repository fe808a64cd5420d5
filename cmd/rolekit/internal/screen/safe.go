// Package screen is how the commands show things: to people as tables, to programs
// as JSON, and to terminals nothing that they would obey.
package screen

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Safe returns a text as it is where it shows nothing but characters, and else
// quoted as Go quotes it: a terminal obeys escape sequences, and signs that turn the
// direction of writing make one name look like another.
func Safe(text string) string {
	if strings.ContainsFunc(text, unsafe) || !utf8.ValidString(text) {
		return strconv.Quote(text)
	}
	return text
}

func unsafe(r rune) bool { return !unicode.IsPrint(r) }

// SafeLines is [Safe] for a text of several lines: what is unsafe is escaped where
// it stands, and the rest stays.
func SafeLines(text string) string {
	if !strings.ContainsFunc(text, unsafe) && utf8.ValidString(text) {
		return text
	}
	var b strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case r == '\n', !unsafe(r) && (r != utf8.RuneError || size > 1):
			b.WriteString(text[:size])
		default:
			quoted := strconv.Quote(text[:size])
			b.WriteString(quoted[1 : len(quoted)-1])
		}
		text = text[size:]
	}
	return b.String()
}

// WriteJSON writes a value as JSON, indented for people where that is wanted, with
// a line's end behind it. What Safe would quote is escaped, in which JSON means the
// same.
func WriteJSON(w io.Writer, value any, indent bool) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if indent {
		e.SetIndent("", "  ")
	}
	if err := e.Encode(value); err != nil {
		return err
	}
	var out bytes.Buffer
	for _, r := range b.String() {
		switch {
		case r == '\n' || !unsafe(r):
			out.WriteRune(r)
		case r > 0xFFFF:
			high, low := surrogates(r)
			fmt.Fprintf(&out, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	_, err := w.Write(out.Bytes())
	return err
}
