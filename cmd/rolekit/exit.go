package main

import (
	"errors"
	"fmt"

	"github.com/rolekit/rolekit"
)

// The exit codes, as rootHelp documents them.
const (
	exitOK         = 0
	exitFailed     = 1
	exitDenied     = 1 // the answer of can
	exitUsage      = 2
	exitDatabase   = 3
	exitPending    = 4
	exitUnanswered = 5
	exitBrokenOff  = 130 // as shells have it of SIGINT
)

// usageError is a mistake of whoever called the program.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error {
	return usageError{fmt.Errorf(format, args...)}
}

// pendingError says that something is still to be done, which the caller asked
// about.
type pendingError string

func (e pendingError) Error() string { return string(e) }

// deniedError is the answer no. It is said by the exit code, and is no failure.
type deniedError struct{}

func (deniedError) Error() string { return "no" }

// unansweredError is why a question has no answer, where exitFailed would be one.
type unansweredError struct{ error }

func (e unansweredError) Unwrap() error { return e.error }

// detailedExitCode is that of a command that tells by it what it found.
func detailedExitCode(err error) int {
	const found = 2
	if _, ok := errors.AsType[pendingError](err); ok {
		return found
	}
	return min(exitCode(err), exitFailed)
}

func exitCode(err error) int {
	if err == nil {
		return exitOK
	}
	if _, ok := errors.AsType[deniedError](err); ok {
		return exitDenied
	}
	if e, ok := errors.AsType[unansweredError](err); ok {
		if code := exitCode(e.error); code != exitFailed {
			return code
		}
		return exitUnanswered
	}
	if _, ok := errors.AsType[brokenOffError](err); ok {
		return exitBrokenOff
	}
	if _, ok := errors.AsType[usageError](err); ok {
		return exitUsage
	}
	if _, ok := errors.AsType[pendingError](err); ok {
		return exitPending
	}
	e, ok := errors.AsType[*rolekit.Error](err)
	if !ok {
		return exitFailed
	}
	switch e.Code {
	case rolekit.CodeInvalid, rolekit.CodeCycle, rolekit.CodeReserved:
		return exitUsage
	case rolekit.CodeUnavailable, rolekit.CodeBrokenPolicy:
		return exitDatabase
	default:
		return exitFailed
	}
}
