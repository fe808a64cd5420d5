package replicatest_test

import (
	"fmt"
	"slices"
	"time"
)

// percentile is the least time that so many of a hundred did not exceed.
func percentile(took []time.Duration, percent int) time.Duration {
	sorted := slices.Sorted(slices.Values(took))
	return sorted[(len(sorted)*percent+99)/100-1]
}

// figures are what a benchmark would tell of times.
func figures(took []time.Duration) string {
	if len(took) == 0 {
		return "no time"
	}
	at := func(percent int) time.Duration { return percentile(took, percent).Round(10 * time.Microsecond) }
	return fmt.Sprintf("p50 %s, p99 %s, max %s (of %d)", at(50), at(99), at(100), len(took))
}
