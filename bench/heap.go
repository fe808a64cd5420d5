package main

import (
	"bufio"
	"os"
	"runtime"
	"strconv"
	"strings"
)

// heap returns how many bytes are held.
func heap() float64 {
	runtime.GC()
	runtime.GC() // what had a finalizer or lay in a pool goes the second time
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

// available returns how many bytes the machine has to give; false where it does not
// say.
func available() (int, bool) {
	f, err := os.Open("/proc/meminfo")
	if err != nil {
		return 0, false
	}
	defer func() { _ = f.Close() }() // it was only read
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "MemAvailable:"); ok {
			kilobytes, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(rest), " kB"))
			return kilobytes << 10, err == nil
		}
	}
	return 0, false
}
