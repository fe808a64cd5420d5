package services

import (
	"context"
	"os"
	"testing"
	"time"
)

// How long a server may take to start, which includes repairing what Kill left,
// to stop, or to make a database. It bounds what hangs; nothing usual comes near it.
const atMost = time.Minute

// Server is a private server of one test, which may stop, kill and start it
// again; it keeps its port and its data. Its methods return when what they are
// for is done, and end the test where that fails, so they belong to the test's
// goroutine and not to two at a time. When the test ends, nothing is left of it.
type Server struct {
	DSN string // of an empty database, or of the server: as what is found has it

	t       testing.TB
	command command
	ping    func(context.Context) error
	running *process // nil when it is not
}

// Start starts the server, and waits until it answers.
func (s *Server) Start() {
	s.t.Helper()
	if s.running != nil {
		s.t.Fatalf("%s runs already", s.command.path)
	}
	started, err := start(s.command)
	if err != nil {
		s.t.Fatalf("start %s: %v", s.command.path, err)
	}
	s.running = started
	ctx, cancel := context.WithTimeout(context.Background(), atMost)
	defer cancel()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for {
		err := s.ping(ctx)
		if err == nil {
			return
		}
		select {
		case <-started.ended:
			s.running = nil
			s.t.Fatalf("%s ended instead of answering:\n%s", s.command.path, started.log.String())
		case <-ctx.Done():
			s.t.Fatalf("%s does not answer: %v\n%s", s.command.path, err, started.log.String())
		case <-again.C:
		}
	}
}

// Stop shuts the server down, without waiting for its clients.
func (s *Server) Stop() {
	s.t.Helper()
	s.end(s.command.stop)
}

// Kill ends the server without a chance to tidy up, as when it crashes. A test
// that can should Start it again: PostgreSQL leaves some bytes of shared memory
// behind, which only its next start removes.
func (s *Server) Kill() {
	s.t.Helper()
	s.end(os.Kill)
}

func (s *Server) end(signal os.Signal) {
	s.t.Helper()
	if s.running == nil {
		s.t.Fatalf("%s does not run", s.command.path)
	}
	if err := s.running.end(signal); err != nil {
		s.t.Fatalf("end %s by %v: %v\n%s", s.command.path, signal, err, s.running.log.String())
	}
	s.running = nil
}

// cleanUp removes all that is left when the test ends.
func (s *Server) cleanUp() {
	if s.running != nil {
		// Not killed, for PostgreSQL would leave shared memory behind.
		if err := s.running.end(s.command.stop); err != nil {
			s.t.Errorf("end %s: %v\n%s", s.command.path, err, s.running.log.String())
		}
	}
	if err := os.RemoveAll(s.command.dir); err != nil {
		s.t.Errorf("remove the data of %s: %v", s.command.path, err)
	}
}

// run runs a program to its end.
func run(t testing.TB, c command) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), atMost)
	defer cancel()
	if out, err := c.prepare(ctx).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", c.path, err, out)
	}
}
