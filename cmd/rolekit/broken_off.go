package main

import (
	"context"
	"errors"

	"github.com/rolekit/rolekit"
)

// brokenOffError is that a signal ended the work, and what became of it.
type brokenOffError string

func (e brokenOffError) Error() string {
	if e == "" {
		return "broken off"
	}
	return "broken off: " + string(e)
}

// brokenOff is err; where it is one because a signal ended the work, that, and what
// became of it. Drivers may say it in words of their own.
func brokenOff(ctx context.Context, err error, became string) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	if _, said := errors.AsType[brokenOffError](err); said {
		return err
	}
	e, known := errors.AsType[*rolekit.Error](err)
	if errors.Is(err, context.Canceled) || known && e.Code == rolekit.CodeUnavailable {
		return brokenOffError(became)
	}
	return err
}
