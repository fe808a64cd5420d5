package main

import (
	"io"
	"os"

	"github.com/mattn/go-isatty"
)

// colour is a code of ANSI escape sequences.
type colour string

const (
	red   colour = "31"
	green colour = "32"
)

// painter returns what colours a text for w: a terminal, unless NO_COLOR says
// otherwise (https://no-color.org). What is not a terminal gets the text as it is.
func painter(w io.Writer) func(colour, string) string {
	if !isTerminal(w) || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return func(_ colour, text string) string { return text }
	}
	return func(c colour, text string) string { return "\x1b[" + string(c) + "m" + text + "\x1b[0m" }
}

// isTerminal reports whether a terminal reads what is written.
func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && isatty.IsTerminal(file.Fd())
}
