package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// report writes Markdown.
func report(w io.Writer, o *options, args []string, all []*result, took time.Duration) {
	command := strings.Join(append([]string{"go run ./bench/load"}, withoutServer(args)...), " ")
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(w, format+"\n", args...) }
	say("# Under load\n")
	say("`%s` wrote this page; nothing in it is written by hand.\n", command)
	say("%s, in %s: %s; %s, %s/%s; PostgreSQL %s; %s.\n", time.Now().UTC().Format(time.DateOnly), took.Round(time.Second), processor(),
		runtime.Version(), runtime.GOOS, runtime.GOARCH, all[0].postgres, strings.Join(modules(), ", "))
	say("Two applications are asked over HTTP, one after the other, on the same machine, which they share with whoever asks and with the")
	say("database: both are Gin with a guarded route that does nothing. One is guarded by the kit, and its roles are edited through the API. The")
	say("other is as one guards with Casbin: a `SyncedEnforcer` with the model *RBAC with domains*, stored through gorm-adapter, and a handler of")
	say("its own that edits a role. That one neither looks at what the editor holds, nor keeps an audit log, nor edits in one transaction. Users")
	say("are named by a header, in both.\n")
	say("%d connections ask without pause, for %s or %d requests each row. Every answer is compared with the one it must be, and after each edit,",
		o.workers, o.phase, o.requests)
	say("two checks look at what the role gave and at what it gives. A wrong answer ends the run, so none was. Who asks for what is the same in")
	say("each run (`-seed %d`).\n", o.seed)
	for i, r := range all {
		if i == 0 || all[i-1].size != r.size {
			say("## %s: %d organisations of %d members\n", r.size.name, r.size.orgs, r.size.members)
			say("| guarded by | request | a second | p50 | p90 | p99 | p99.9 | max | requests | errors |")
			say("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|")
		}
		for _, line := range r.rows {
			if len(line.times) == 0 {
				say("| %s | %s | none | | | | | | 0 | %d |", r.subject, line.what, line.errors)
				continue
			}
			say("| %s | %s | %.0f | %s | %s | %s | %s | %s | %d | %d |", r.subject, line.what, line.perSecond(),
				short(line.at(0.5)), short(line.at(0.9)), short(line.at(0.99)), short(line.at(0.999)), short(line.at(1)), len(line.times), line.errors)
		}
		if i == len(all)-1 || all[i+1].size != r.size {
			say("")
		}
	}
}

// withoutServer leaves out where the database was, which is nobody's business.
func withoutServer(args []string) (rest []string) {
	for i := 0; i < len(args); i++ {
		name, _, joined := strings.Cut(strings.TrimLeft(args[i], "-"), "=")
		if name == "postgres" {
			if !joined {
				i++
			}
			continue
		}
		rest = append(rest, args[i])
	}
	return rest
}

// short is a time with three digits.
func short(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return fmt.Sprintf("%.3g µs", float64(d)/float64(time.Microsecond))
	case d < time.Second:
		return fmt.Sprintf("%.3g ms", float64(d)/float64(time.Millisecond))
	default:
		return fmt.Sprintf("%.3g s", d.Seconds())
	}
}

// processor is what the machine calls its processor, how many cores there are, and
// how many processes wanted one in the last minute: the run's own are some of them.
func processor() string {
	name := "an unknown processor"
	if f, err := os.Open("/proc/cpuinfo"); err == nil {
		defer func() { _ = f.Close() }() // it was only read
		for lines := bufio.NewScanner(f); lines.Scan(); {
			if what, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(what) == "model name" {
				name = strings.TrimSpace(value)
				break
			}
		}
	}
	text := fmt.Sprintf("%d cores of %s", runtime.GOMAXPROCS(0), name)
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		before, _, _ := strings.Cut(string(load), " ")
		text += ", load " + before + " when it ended"
	}
	return text
}

// modules are those that the figures depend on, with their versions.
func modules() (all []string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	for _, d := range info.Deps {
		if slices.Contains([]string{"github.com/casbin/casbin/v2", "github.com/casbin/gorm-adapter/v3", "github.com/gin-gonic/gin", "gorm.io/gorm"}, d.Path) {
			all = append(all, d.Path+" "+d.Version)
		}
	}
	return all
}
