// Command bench measures the kit side by side with what a team would use instead.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/pprof"
	"strings"
	"time"

	"github.com/rolekit/rolekit"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	names := flags.String("sizes", "S,M,L,XL", "which sizes")
	only := flags.String("only", "", "subjects whose names contain one of these, comma-separated")
	short := flags.Bool("short", false, "fewer and shorter rounds")
	profile := flags.String("cpuprofile", "", "write a CPU profile of the rounds here")
	if err := flags.Parse(args); err != nil {
		return err
	}
	p := pace{15, 60 * time.Millisecond}
	if *short {
		p = pace{5, 20 * time.Millisecond}
	}
	if *profile != "" {
		f, err := os.Create(*profile)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	for _, shared := range []bool{false, true} {
		_, _ = fmt.Fprintf(out, "default roles shared: %v\n%-4s %-14s %10s %10s %8s %8s %9s %9s\n", shared, "size", "subject", "ns/1", "ns/2", "x floor", "allocs", "B/assign", "build")
		for _, s := range sizes() {
			if strings.Contains(","+*names+",", ","+s.name+",") {
				if err := first(ctx, out, newWorld(s, shared), *only, p); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func first(ctx context.Context, out io.Writer, w *world, only string, p pace) error {
	words, questions, assignments := newWords(), w.draw(), w.assignments()
	all := []struct {
		name  string
		build func() (subject, error)
	}{
		{"floor", func() (subject, error) { return floorSubject{newFloor(w)}, nil }},
		{"kit", func() (subject, error) {
			k, err := newKit(ctx, newStore(w), rolekit.EngineCompiled)
			return kitSubject{k, words}, err
		}},
		{"casbin-org", func() (subject, error) { return newPerOrg(w, words) }},
	}
	type result struct {
		name     string
		a, b     *clocked
		one, two []float64
		allocs   float64
		bytes    float64
		build    time.Duration
	}
	var results []*result
	for _, a := range all {
		if only != "" && a.name != "floor" && !strings.Contains(only, a.name) {
			continue
		}
		before, began := heap(), time.Now()
		s, err := a.build()
		if err != nil {
			return err
		}
		r := &result{name: a.name, build: time.Since(began)}
		sample := questions
		if a.name == "casbin-org" {
			sample = questions[:1000]
		}
		if err := agree(a.name, s, sample); err != nil {
			return err
		}
		r.bytes = (float64(heap()) - float64(before)) / float64(assignments)
		r.a, r.b = &clocked{subject: s, questions: questions}, &clocked{subject: s, questions: questions, next: len(questions) / 2}
		if r.allocs, err = allocations(s, sample); err != nil {
			return err
		}
		results = append(results, r)
	}
	for range p.rounds {
		for _, r := range results {
			one, err := r.a.run(p.round)
			if err != nil {
				return err
			}
			two, err := both(r.a, r.b, p.round)
			if err != nil {
				return err
			}
			r.one, r.two = append(r.one, one), append(r.two, two)
		}
	}
	for _, r := range results {
		_, _ = fmt.Fprintf(out, "%-4s %-14s %10.1f %10.1f %8.2f %8.2f %9.1f %8.2fs\n", w.name, r.name, median(r.one), median(r.two),
			median(r.one)/median(results[0].one), r.allocs, r.bytes, r.build.Seconds())
	}
	return nil
}

// agree fails when a subject answers a question otherwise than the world does.
func agree(name string, s subject, questions []question) error {
	for i, q := range questions {
		allowed, err := s.ask(questions[i : i+1])
		if err != nil {
			return err
		}
		if (allowed == 1) != q.allowed {
			return fmt.Errorf("%s: %s in %s, permission %d: allowed %v, and should be %v", name, q.user, q.org, q.permission, allowed == 1, q.allowed)
		}
	}
	return nil
}
