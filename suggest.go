package rolekit

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// suggestion names the known word nearest to what was written, or falls back
// when none is near enough to have been meant.
func suggestion[T ~string](written string, known []T, fallback string) string {
	best, distance := "", len(written)/2+1
	slices.Sort(known)
	for _, k := range known {
		if d := levenshtein.ComputeDistance(clip(written), string(k)); d < distance {
			best, distance = string(k), d
		}
	}
	if best == "" {
		return fallback
	}
	return fmt.Sprintf("did you mean %q?", best)
}

// clip keeps the quadratic distance cheap however long the input is.
func clip(s string) string { return s[:min(len(s), 256)] }

func listOf[T ~string](items []T) string {
	words := make([]string, len(items))
	for i, item := range items {
		words[i] = string(item)
	}
	return strings.Join(words, ", ")
}
