package screen

import (
	"cmp"
	"io"
	"os"
	"strings"
	"unicode/utf16"

	"charm.land/lipgloss/v2"
	"charm.land/lipgloss/v2/table"
	"golang.org/x/term"
)

// surrogates are the two halves of UTF-16 as which JSON escapes a character.
func surrogates(r rune) (high, low rune) { return utf16.EncodeRune(r) }

// Gap is how many columns are between two cells.
const Gap = 2

// Table returns rows below their headers, each column as wide as its widest cell,
// with no space at the ends of lines. Cells may be coloured; they must be safe.
func Table(headers []string, rows [][]string) string {
	last := len(headers) - 1
	border := lipgloss.HiddenBorder()
	t := table.New().Border(border).
		BorderTop(false).BorderBottom(false).BorderLeft(false).BorderRight(false).BorderHeader(false).BorderColumn(false).
		StyleFunc(func(_, column int) lipgloss.Style {
			if column == last {
				return lipgloss.NewStyle()
			}
			return lipgloss.NewStyle().PaddingRight(Gap)
		}).
		Headers(headers...).Rows(rows...)
	var b strings.Builder
	for line := range strings.Lines(t.String() + "\n") {
		b.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return b.String()
}

// Width is how many columns of a terminal a text takes.
func Width(text string) int { return lipgloss.Width(text) }

// plainColumns is how wide is what no terminal reads, so that it looks the same
// wherever it is written.
const plainColumns = 100

// Columns returns how wide what is written to w may be.
func Columns(w io.Writer) int {
	width, _ := size(w)
	return cmp.Or(width, plainColumns)
}

// Rows returns how many lines of what is written to w are seen at once.
func Rows(w io.Writer) int {
	const usual = 24
	_, height := size(w)
	return cmp.Or(height, usual)
}

// size is that of a terminal, and of what is none or does not know it nothing.
func size(w io.Writer) (width, height int) {
	file, ok := w.(*os.File)
	if !ok {
		return 0, 0
	}
	width, height, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0, 0
	}
	return max(width, 0), max(height, 0)
}
