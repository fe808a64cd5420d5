package main

import (
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress shows how far long work has come.
type progress struct{ bar *progressbar.ProgressBar } // nil where nobody looks

const (
	progressWidth = 30
	progressPause = 100 * time.Millisecond // between two drawings
)

// newProgress begins to show on w, if a terminal reads that, how many of a number
// of things are done. Give it standard error: standard output is for what a command
// answers. finish ends it, and leaves nothing of it on the screen.
func newProgress(w io.Writer, what string, number int) *progress {
	if !isTerminal(w) || number < 2 {
		return &progress{}
	}
	bar := progressbar.NewOptions(number,
		progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(what), progressbar.OptionShowCount(),
		progressbar.OptionSetWidth(progressWidth), progressbar.OptionThrottle(progressPause), progressbar.OptionClearOnFinish(),
		progressbar.OptionSetElapsedTime(false), progressbar.OptionSetPredictTime(true), progressbar.OptionUseANSICodes(os.Getenv("TERM") != "dumb"),
	)
	_ = bar.RenderBlank() // who cannot be shown it goes without
	return &progress{bar}
}

// step says that one more is done.
func (p *progress) step() {
	if p.bar != nil {
		_ = p.bar.Add(1) // as above
	}
}

// finish takes it off the screen, however much was done. It may be called again.
func (p *progress) finish() {
	if p.bar != nil {
		_ = p.bar.Finish() // as above
	}
}
