package main

import (
	"log/slog"
	"math"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit"
)

const (
	headerTimeoutFlag  = "read-header-timeout"
	readTimeoutFlag    = "read-timeout"
	requestTimeoutFlag = "request-timeout"
	writeTimeoutFlag   = "write-timeout"
	idleTimeoutFlag    = "idle-timeout"
)

// limitFlags are the settings of what one client may take of the server.
type limitFlags struct {
	header, read, request, write, idle time.Duration

	headerBytes int
	bodyBytes   int64
	rate        float64
	burst       int

	keep    time.Duration
	replies int
}

func (l *limitFlags) declare(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.DurationVar(&l.header, headerTimeoutFlag, 5*time.Second, "how long a request's headers may take to arrive")
	flags.DurationVar(&l.read, readTimeoutFlag, 30*time.Second, "how long a whole request may take to arrive")
	flags.DurationVar(&l.request, requestTimeoutFlag, 30*time.Second, "how long a request may wait for the database before it is given up, with 503")
	flags.DurationVar(&l.write, writeTimeoutFlag, time.Minute, "how long after its headers a request's answer must be sent; then the connection ends")
	flags.DurationVar(&l.idle, idleTimeoutFlag, 2*time.Minute, "how long a connection may be idle")
	flags.IntVar(&l.headerBytes, "max-header-bytes", 64<<10, "`bytes` of a request's headers at most; more are answered 431")
	flags.Int64Var(&l.bodyBytes, "max-body-bytes", 1<<20, "`bytes` of a request's body at most; more are answered 413")
	flags.Float64Var(&l.rate, "change-rate", 20, "`number` of changes a second that a user may ask for in the long run, before 429; 0 for any")
	flags.DurationVar(&l.keep, "keep-replies", 24*time.Hour, "for how long a request that comes again with its Idempotency-Key gets the same answer")
	flags.IntVar(&l.replies, "max-replies", 10_000, "`number` of such answers that are kept for one user at once; more are answered 429")
	flags.IntVar(&l.burst, "change-burst", 200, "`number` of changes that a user may ask for at once, after a while without any")
}

func (l *limitFlags) check() error {
	for _, d := range []struct {
		flag  string
		value time.Duration
	}{
		{headerTimeoutFlag, l.header},
		{readTimeoutFlag, l.read},
		{requestTimeoutFlag, l.request},
		{writeTimeoutFlag, l.write},
		{idleTimeoutFlag, l.idle},
	} {
		if d.value <= 0 {
			return usagef("--%s is %s; use more than 0s: a client that never ends would hold its connection for ever", d.flag, d.value)
		}
	}
	switch {
	case l.header > l.read:
		return usagef("--%s is %s and --%s %s; the headers are part of the request", headerTimeoutFlag, l.header, readTimeoutFlag, l.read)
	case l.request >= l.write:
		return usagef("--%s is %s and --%s %s; use less, so that the answer can still be sent", requestTimeoutFlag, l.request, writeTimeoutFlag, l.write)
	case l.headerBytes <= 0, l.bodyBytes <= 0:
		return usagef("--max-header-bytes is %d and --max-body-bytes %d; use more than 0", l.headerBytes, l.bodyBytes)
	case l.rate < 0, math.IsNaN(l.rate), math.IsInf(l.rate, 0):
		return usagef("--change-rate is %v; use 0 for any number of changes", l.rate)
	case l.burst < 1:
		return usagef("--change-burst is %d; use 1 or more", l.burst)
	case l.keep <= 0:
		return usagef("--keep-replies is %s; use more than 0s", l.keep)
	case l.replies < 1:
		return usagef("--max-replies is %d; use 1 or more", l.replies)
	}
	return nil
}

func (l *limitFlags) configure(c *rolekit.Config) { c.KeepReplies, c.MaxReplies = l.keep, l.replies }

// burstOf is the burst where there is a rate.
func (l *limitFlags) burstOf() int {
	if l.rate == 0 {
		return 0
	}
	return l.burst
}

// server returns one that no client can hold for longer than that.
func (l *limitFlags) server(log *slog.Logger, handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: l.header, ReadTimeout: l.read, WriteTimeout: l.write, IdleTimeout: l.idle,
		MaxHeaderBytes: l.headerBytes,
		ErrorLog:       slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}
