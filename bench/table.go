package main

import (
	"io"
	"strings"
	"unicode/utf8"
)

// table is one of Markdown, which also reads well as it is.
type table struct {
	heads []string // those that begin with > stand to the right
	rows  [][]string
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) write(w io.Writer) {
	widths := make([]int, len(t.heads))
	heads, rule := make([]string, len(t.heads)), make([]string, len(t.heads))
	for i, h := range t.heads {
		heads[i] = strings.TrimPrefix(h, ">")
	}
	for _, row := range append([][]string{heads}, t.rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell), 3)
		}
	}
	for i, h := range t.heads {
		rule[i] = strings.Repeat("-", widths[i])
		if strings.HasPrefix(h, ">") {
			rule[i] = rule[i][1:] + ":"
		}
	}
	var b strings.Builder
	for _, row := range append([][]string{heads, rule}, t.rows...) {
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if strings.HasPrefix(t.heads[i], ">") {
				b.WriteString("| " + pad + cell + " ")
			} else {
				b.WriteString("| " + cell + pad + " ")
			}
		}
		b.WriteString("|\n")
	}
	_, _ = io.WriteString(w, b.String())
}
