//go:build race

package skip

// raced reports whether the race detector runs.
const raced = true
