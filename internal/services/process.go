package services

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// command is a server's program, or one that prepares its data.
type command struct {
	path string
	args []string
	dir  string         // where it runs and keeps its data
	as   *account       // nil for whoever runs the test
	stop syscall.Signal // shuts it down at once but in order, as an operator would
}

func (c command) prepare(ctx context.Context) *exec.Cmd {
	cmd := exec.CommandContext(ctx, c.path, c.args...) //nolint:gosec // only this package says what runs
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), "TMPDIR="+c.dir) // another account may have no access to this one's
	cmd.SysProcAttr = attributes(c)
	return cmd
}

// process is a server that was started.
type process struct {
	cmd   *exec.Cmd
	log   lockedBuffer
	ended chan struct{} // closed when it and its children have ended
}

// start starts a program that ends with this one at the latest, where the
// system can see to that: a test that panics, times out or is killed has no
// chance to.
func start(c command) (*process, error) {
	p := &process{cmd: c.prepare(context.Background()), ended: make(chan struct{})}
	// What is not a file is copied from a pipe. All children of the server hold
	// it, so that Wait returns when the last of them has gone.
	p.cmd.Stdout, p.cmd.Stderr = &p.log, &p.log
	started := make(chan error)
	go func() {
		// Linux asks whether the thread that started it ends, so that thread waits.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err == nil {
			_ = p.cmd.Wait() // how it ended is no matter, and the log tells
			close(p.ended)
		}
	}()
	return p, <-started
}

// end sends the signal and returns when the process and its children have ended;
// if they do not, it kills the process and says so.
func (p *process) end(signal os.Signal) error {
	if err := p.cmd.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	timeout := time.NewTimer(atMost)
	defer timeout.Stop()
	select {
	case <-p.ended:
		return nil
	case <-timeout.C:
		return errors.Join(errors.New("it does not end"), p.cmd.Process.Kill())
	}
}

// lockedBuffer is a buffer that is written to and read at the same time.
type lockedBuffer struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.text.String()
}
