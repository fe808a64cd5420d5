package main

// subject is one way to answer. Its methods are called by one goroutine but for
// ask, which several may call at once.
type subject interface {
	// ask answers the questions one after the other, and returns how many were
	// allowed.
	ask(questions []question) (allowed int, err error)
}
