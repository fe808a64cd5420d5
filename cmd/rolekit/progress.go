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

// uncounted is the number of things that nobody has counted before they are done.
const uncounted = -1

// newProgress begins to show on w, if a terminal reads that, how many of a number
// of things are done; of those that nobody counted, how many. Give it standard error: standard
// output is for what a command answers. finish ends it, and leaves nothing of it on
// the screen.
func newProgress(w io.Writer, what string, number int) *progress {
	if !isTerminal(w) || number != uncounted && number < 2 {
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

// changing returns what can be told how many of the organisations that change are
// changed, and shows it on w; and what ends that.
func changing(w io.Writer) (tell func(done, of int), finish func()) {
	shown := &progress{}
	tell = func(done, of int) {
		if done == 0 { // it begins, or begins again
			shown.finish()
			shown = newProgress(w, "changing organisations", of)
		}
		shown.at(done)
	}
	return tell, func() { shown.finish() }
}

// step says that one more is done.
func (p *progress) step() {
	if p.bar != nil {
		_ = p.bar.Add(1) // as above
	}
}

// at says that so many are done.
func (p *progress) at(done int) {
	if p.bar != nil {
		_ = p.bar.Set(done) // as above
	}
}

// finish takes it off the screen, however much was done. It may be called again.
func (p *progress) finish() {
	if p.bar != nil {
		_ = p.bar.Finish() // as above
	}
}
