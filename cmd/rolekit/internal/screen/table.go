package screen

import (
	"cmp"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"charm.land/lipgloss/v2"
	"charm.land/lipgloss/v2/table"
	"golang.org/x/term"
)

// surrogates are the two halves of UTF-16 as which JSON escapes a character.
func surrogates(r rune) (high, low rune) { return utf16.EncodeRune(r) }

// Gap is how many columns are between two cells.
const Gap = 2

// Table returns rows below their headers, each column as wide as its widest cell,
// with no space at the ends of lines. Where that is wider than so many columns of the
// screen, what is in the widest goes on in further lines; 0 is any width. Cells may be
// coloured; they must be safe.
func Table(columns int, headers []string, rows [][]string) string {
	rows = folded(columns, headers, rows)
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

// WriteTable writes a table, which is no wider than the terminal that reads it.
func WriteTable(w io.Writer, headers []string, rows [][]string) error {
	_, err := io.WriteString(w, Table(Terminal(w), headers, rows))
	return err
}

// narrowest is how few columns of the screen a column of a table is folded to: a
// terminal that is narrower still breaks lines itself.
const narrowest = 12

// folded breaks cells into lines, so that the table is as wide as the screen at most.
func folded(columns int, headers []string, rows [][]string) [][]string {
	widths, needs := make([]int, len(headers)), Gap*(len(headers)-1)
	for i, header := range headers {
		widths[i] = Width(header)
		for _, row := range rows {
			widths[i] = max(widths[i], Width(row[i]))
		}
		needs += widths[i]
	}
	for ; columns > 0 && needs > columns && slices.Max(widths) > narrowest; needs-- {
		widths[slices.Index(widths, slices.Max(widths))]--
	}
	all := make([][]string, len(rows))
	for i, row := range rows {
		all[i] = make([]string, len(row))
		for j, cell := range row {
			all[i][j] = lipgloss.Wrap(cell, widths[j], "")
		}
	}
	return all
}

// Cut returns a text that is as wide as so many columns at most, with a … where
// something is missing.
func Cut(text string, columns int) string {
	if Width(text) <= columns {
		return text
	}
	kept, width := 0, 1 // for the …
	for at, r := range text {
		if width += Width(string(r)); width > columns {
			break
		}
		kept = at + utf8.RuneLen(r)
	}
	return text[:kept] + "…"
}

// Width is how many columns of a terminal a text takes.
func Width(text string) int { return lipgloss.Width(text) }

// plainColumns is how wide is what no terminal reads, so that it looks the same
// wherever it is written.
const plainColumns = 100

// Columns returns how wide what is written to w may be, where that must have an end.
func Columns(w io.Writer) int { return cmp.Or(Terminal(w), plainColumns) }

// Terminal returns how wide the terminal is that reads what is written to w; 0 where
// none does, for what may be as wide as it is.
func Terminal(w io.Writer) int {
	width, _ := size(w)
	return width
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
