//go:build unix

package main_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// dialogue is a command that runs at a terminal of its own, which shows what a
// person would see, and on which the test types.
type dialogue struct {
	t   *testing.T
	cmd *exec.Cmd
	tty *os.File // the terminal's side of it

	mu     sync.Mutex
	shown  *sync.Cond // something more is on the screen, or there will be nothing more
	screen *vt.Emulator
	raw    bytes.Buffer // what was written to the terminal
	closed bool
}

// talk runs the program at a terminal, which is wide enough that nothing is wrapped.
func (p *place) talk(args ...string) *dialogue {
	p.t.Helper()
	return p.talkAt(pty.Winsize{Rows: 60, Cols: 160}, p.command(args...))
}

// talkAt runs a command at a terminal of a size. What of the command's streams is set
// already is no terminal.
func (p *place) talkAt(size pty.Winsize, cmd *exec.Cmd) *dialogue {
	p.t.Helper()
	cmd.Env = append([]string{"TERM=xterm-256color"}, cmd.Env...)
	stream := 0
	if cmd.Stdin != nil {
		stream = 1 // the one by which the command comes to have a terminal
	}
	tty, err := pty.StartWithAttrs(cmd, &size, &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: stream})
	if err != nil {
		p.t.Fatalf("there is no terminal: %v", err)
	}
	d := &dialogue{t: p.t, cmd: cmd, tty: tty, screen: vt.NewEmulator(int(size.Cols), int(size.Rows))}
	d.shown = sync.NewCond(&d.mu)
	var ended sync.WaitGroup
	ended.Go(d.show)
	ended.Go(func() { // what a terminal answers when it is asked what it can do
		_, _ = io.Copy(tty, d.screen) // until the terminal is closed
	})
	p.t.Cleanup(func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = tty.Close()        // as above
		d.screen.SendText("x") // which cannot be handed on any more, and so ends the copying
		ended.Wait()
	})
	return d
}

// show keeps the screen up to date until the command has ended.
func (d *dialogue) show() {
	buffer := make([]byte, 1<<12)
	for {
		n, err := d.tty.Read(buffer)
		d.mu.Lock()
		_, _ = d.screen.Write(buffer[:n]) // it takes everything
		d.raw.Write(buffer[:n])
		d.closed = err != nil
		d.shown.Broadcast()
		d.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// text is what is on the screen, without the blanks at the ends of lines.
func (d *dialogue) text() string {
	var b strings.Builder
	for line := range strings.Lines(d.screen.String()) {
		b.WriteString(strings.TrimRight(line, " \r\n") + "\n")
	}
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// sees waits until texts are on the screen.
func (d *dialogue) sees(texts ...string) {
	d.t.Helper()
	for _, text := range texts {
		d.waits("it does not show "+text, func() bool { return strings.Contains(d.text(), text) })
	}
}

// waits until something is so.
func (d *dialogue) waits(otherwise string, isSo func() bool) {
	d.t.Helper()
	late := false
	defer time.AfterFunc(patience, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		late = true
		d.shown.Broadcast()
	}).Stop()
	d.mu.Lock()
	defer d.mu.Unlock()
	for !isSo() {
		if d.closed || late {
			d.t.Fatalf("%s (ended: %t):\n%s", otherwise, d.closed, d.text())
		}
		d.shown.Wait()
	}
}

// types sends what somebody types: \r is Enter.
func (d *dialogue) types(keys string) {
	d.t.Helper()
	if _, err := io.WriteString(d.tty, keys); err != nil {
		d.t.Fatalf("%q cannot be typed: %v", keys, err)
	}
}

// Keys, as a terminal sends them.
const (
	enter, space, down = "\r", " ", "\x1b[B"
	escape             = "\x1b"
	interrupt          = "\x03" // Ctrl-C
	endOfFile          = "\x04" // Ctrl-D
	eraseLine          = "\x15" // Ctrl-U
)

// answers is a question, and what is typed when it is there.
type answers [][2]string

// answers waits for each question, and types.
func (d *dialogue) answers(all answers) {
	d.t.Helper()
	for _, a := range all {
		d.sees(a[0])
		d.types(a[1])
	}
}

// ends waits for the end of the command, which must exit with a code.
func (d *dialogue) ends(code int) {
	d.t.Helper()
	func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		defer time.AfterFunc(patience, func() { _ = d.cmd.Process.Kill() }).Stop()
		for !d.closed {
			d.shown.Wait()
		}
	}()
	err := d.cmd.Wait()
	if _, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		d.t.Fatal(err)
	}
	if got := d.cmd.ProcessState.ExitCode(); got != code {
		d.t.Fatalf("it exited with %d, and not with %d:\n%s", got, code, d.text())
	}
}
