package prompt

import (
	"context"
	"io"
	"os"
)

// input is the terminal for questions that are asked line by line: their reader waits
// for a line whatever happens, and takes an end for an empty one.
type input struct {
	ctx   context.Context //nolint:containedctx // of one question; io.Reader takes none
	file  *os.File
	ended bool
}

// Read ends with the context; then what was to be read is left to nobody.
func (in *input) Read(p []byte) (int, error) {
	type outcome struct {
		n   int
		err error
	}
	buffer, done := make([]byte, len(p)), make(chan outcome, 1)
	go func() {
		n, err := in.file.Read(buffer)
		done <- outcome{n, err}
	}()
	select {
	case <-in.ctx.Done():
		in.ended = true
		return 0, io.EOF
	case got := <-done:
		in.ended = got.err != nil || got.n == 0
		return copy(p, buffer[:got.n]), got.err
	}
}
