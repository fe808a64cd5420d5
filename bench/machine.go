package main

import (
	"bufio"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

// machine is where and with what it was measured.
type machine struct {
	processor string
	cores     int
	memory    int // bytes that were to be had when it began
	load      string
	platform  string
	goVersion string
	modules   []string // with their versions
	day       string
}

func thisMachine() machine {
	m := machine{
		processor: "an unknown processor", cores: runtime.GOMAXPROCS(0), platform: runtime.GOOS + "/" + runtime.GOARCH,
		goVersion: runtime.Version(), day: time.Now().UTC().Format(time.DateOnly),
	}
	m.memory, _ = available()
	if name, ok := processor(); ok {
		m.processor = name
	}
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		m.load, _, _ = strings.Cut(string(text), " ")
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return m
	}
	for _, d := range info.Deps {
		if d.Path == "github.com/casbin/casbin/v2" || d.Path == "github.com/gin-gonic/gin" {
			m.modules = append(m.modules, d.Path+" "+d.Version)
		}
	}
	return m
}

// processor returns what the machine calls its processor; false where it does not.
func processor() (string, bool) {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return "", false
	}
	defer func() { _ = f.Close() }() // it was only read
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if what, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(what) == "model name" {
			return strings.TrimSpace(value), true
		}
	}
	return "", false
}
