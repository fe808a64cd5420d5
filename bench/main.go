// Command bench measures the kit side by side with what a team would have without
// it: plain Casbin, and a snapshot written by hand, which is the floor.
//
//	go run ./bench -h
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/pprof"
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
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// command is what the flags say.
type command struct {
	options

	to      string // where the report goes, beside the terminal
	profile string
}

func run(ctx context.Context, args []string, out, told io.Writer) (err error) {
	c, err := parse(args, told)
	if err != nil {
		return err
	}
	if c.profile != "" {
		stop, err := startProfile(c.profile)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, stop()) }()
	}
	m := thisMachine()
	measured, err := measure(ctx, &c.options)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	measured.report(&text, m, args)
	if _, err := out.Write(text.Bytes()); err != nil {
		return err
	}
	if c.to == "" {
		return nil
	}
	return os.WriteFile(c.to, text.Bytes(), 0o644) //nolint:gosec // it is documentation, for everyone to read
}

func parse(args []string, told io.Writer) (*command, error) {
	c := &command{options: options{
		big:  size{"10,000 members", 2, 10000},
		pace: pace{rounds: 15, round: 50 * time.Millisecond, compare: time.Second / 2, edits: 30},
		told: told, memory: available,
	}}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(told)
	sizeNames := flags.String("sizes", "S,M,L,XL", "measure at these `sizes`")
	only := flags.String("only", "", "measure only these `subjects and parts`, beside the floor: "+strings.Join(measurable(), ", "))
	short := flags.Bool("short", false, "fewer and shorter rounds: figures to look at, not to publish")
	flags.StringVar(&c.to, "o", "", "write the report to this `file` as well")
	flags.StringVar(&c.profile, "cpuprofile", "", "write a CPU profile to this `file`; the rounds of checks have the labels checks and size")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("there are no arguments beside flags: %q", flags.Args())
	}
	if *short {
		c.pace = pace{rounds: 3, round: 20 * time.Millisecond, compare: time.Second / 4, edits: 6}
	}
	for name := range strings.SplitSeq(*sizeNames, ",") {
		i := slices.IndexFunc(sizes(), func(s size) bool { return s.name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no size %q; there are S, M, L and XL", name)
		}
		c.sizes = append(c.sizes, sizes()[i])
	}
	if *only != "" {
		c.only = strings.Split(*only, ",")
	}
	for _, name := range c.only {
		if !slices.Contains(measurable(), name) {
			return nil, fmt.Errorf("there is nothing called %q to measure; there are %s", name, strings.Join(measurable(), ", "))
		}
	}
	return c, nil
}

// measurable are the words that -only takes.
func measurable() (all []string) {
	for _, k := range keys() {
		all = append(all, string(k))
	}
	for _, p := range parts() {
		all = append(all, string(p))
	}
	return all
}

func startProfile(path string) (stop func() error, err error) {
	f, err := os.Create(path) //nolint:gosec // whoever runs it says where
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() error {
		pprof.StopCPUProfile()
		return f.Close()
	}, nil
}
