package main

import "time"

// row is what was measured of one subject in one world.
type row struct {
	key      key
	missing  string    // why nothing was measured
	compared int       // questions that it answers as the world does
	one, two []float64 // nanoseconds a check, by rounds: with one goroutine, and with two
	allocs   float64   // a check
	heap     float64   // bytes an assignment
	build    time.Duration
	first    time.Duration   // asking once about every member, where that is when things are made
	visible  []time.Duration // from giving a role until a check has decided by it
	store    []time.Duration // beside that, the time in the store
	stale    bool            // it still allowed when the role was taken again
}

// running is a subject while it is measured.
type running struct {
	*row

	subject subject
	a, b    *clocked
}
