// Command load sends requests over HTTP to an application that the kit guards, and
// to one that plain Casbin guards behind Gin, both on PostgreSQL, and shows how long
// the answers take: checks by themselves, checks while roles are edited, and the edits.
//
//	go run ./bench/load -h
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

func main() {
	err := run(context.Background(), os.Args[1:], os.Stdout, os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

// options are what the flags say.
type options struct {
	postgres string // a server, on which a database is made
	sizes    []size
	workers  int           // connections that ask at the same time
	phase    time.Duration // how long one thing is measured, at most
	requests int           // and how many are sent meanwhile, at most
	seed     uint64
	to       string // where the report goes, beside the terminal
	told     io.Writer
}

func run(ctx context.Context, args []string, out, told io.Writer) error {
	o, err := parse(args, told)
	if err != nil {
		return err
	}
	began := time.Now()
	var all []*result
	for _, s := range o.sizes {
		results, err := measure(ctx, o, s)
		if err != nil {
			return fmt.Errorf("size %s: %w", s.name, err)
		}
		all = append(all, results...)
	}
	var text bytes.Buffer
	report(&text, o, args, all, time.Since(began))
	if _, err := out.Write(text.Bytes()); err != nil {
		return err
	}
	if o.to != "" {
		if err := os.WriteFile(o.to, text.Bytes(), 0o644); err != nil { //nolint:gosec // it is documentation, for everyone to read
			return err
		}
	}
	return nil
}

func parse(args []string, told io.Writer) (*options, error) {
	o := &options{told: told}
	server := os.Getenv("ROLEKIT_TEST_POSTGRES")
	if server == "" {
		server = "postgres://postgres@127.0.0.1:5432/postgres?sslmode=disable"
	}
	flags := flag.NewFlagSet("load", flag.ContinueOnError)
	flags.SetOutput(told)
	flags.StringVar(&o.postgres, "postgres", server, "make a database on this `server`, and drop it in the end")
	names := flags.String("sizes", "S,M", "measure at these `sizes`, of S, M and L")
	flags.IntVar(&o.workers, "workers", 4, "this many connections ask at the same time")
	flags.DurationVar(&o.phase, "for", 8*time.Second, "measure one thing for this `long`, at most")
	flags.IntVar(&o.requests, "requests", 200_000, "and send this many requests meanwhile, at most")
	flags.Uint64Var(&o.seed, "seed", 1, "choose who asks for what by this number")
	flags.StringVar(&o.to, "o", "", "write the report to this `file` as well")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("there are no arguments beside flags: %q", flags.Args())
	}
	if o.workers < 1 || o.phase <= 0 || o.requests < 1 {
		return nil, errors.New("-workers, -for and -requests are more than nothing")
	}
	for name := range strings.SplitSeq(*names, ",") {
		i := slices.IndexFunc(sizes(), func(s size) bool { return s.name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no size %q; there are S, M and L", name)
		}
		o.sizes = append(o.sizes, sizes()[i])
	}
	return o, nil
}

func (o *options) tell(format string, args ...any) { _, _ = fmt.Fprintf(o.told, format+"\n", args...) }
