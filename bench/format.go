package main

import (
	"fmt"
	"strconv"
	"time"
)

// short writes nanoseconds with three digits and a unit.
func short(nanoseconds float64) string {
	if nanoseconds < 0 {
		return "-" + short(-nanoseconds)
	}
	for _, unit := range []struct {
		name string
		size float64
	}{{"s", 1e9}, {"ms", 1e6}, {"µs", 1e3}} {
		if nanoseconds >= 0.9995*unit.size {
			return digits(nanoseconds/unit.size) + " " + unit.name
		}
	}
	return digits(nanoseconds) + " ns"
}

func shortly(d time.Duration) string { return short(float64(d)) }

// digits writes a number with three digits, or all of those before the point.
func digits(n float64) string {
	switch {
	case -0.005 < n && n < 0.005: // what two measurements differ by
		return "0"
	case n < 0:
		return "-" + digits(-n)
	case n >= 99.95:
		return strconv.FormatFloat(n, 'f', 0, 64)
	case n >= 9.995:
		return strconv.FormatFloat(n, 'f', 1, 64)
	default:
		return strconv.FormatFloat(n, 'f', 2, 64)
	}
}

// thousands writes a whole number with commas.
func thousands(n int) string {
	if n < 1000 {
		return strconv.Itoa(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}
