package adapter

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"time"

	"github.com/rolekit/rolekit"
)

// How often a transaction is run that the database gives up on for another's
// sake. Each run starts a little later than the last, by chance, so that the same
// two do not meet again. SQLite has waited ten seconds and MySQL fifty before a
// run fails, so that there is an end by the clock as well.
const (
	maxRuns    = 10
	maxRetries = 20 * time.Second // from the first run's start to the last one's
	firstPause = 10 * time.Millisecond
	maxPause   = 500 * time.Millisecond
)

// retry runs a transaction until it does not end by a conflict.
func retry(ctx context.Context, run func() error) error {
	began := time.Now()
	for n := 1; ; n++ {
		err := run()
		if !isConflict(err) {
			return ended(ctx, err)
		}
		if n == maxRuns || time.Since(began) > maxRetries {
			return &rolekit.Error{
				Code: rolekit.CodeUnavailable, Message: fmt.Sprintf("the database gave up on the change for others' sake, %d times", n),
				Hint: "try again later", Err: err,
			}
		}
		if !pause(ctx, n) {
			return ended(ctx, err)
		}
	}
}

// pause waits before run n+1. It reports whether the context lasted.
func pause(ctx context.Context, n int) bool {
	most := min(firstPause<<(n-1), maxPause)
	timer := time.NewTimer(rand.N(most)) //nolint:gosec // whoever guesses it gains nothing
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// ended is asError for what ended by its context: drivers say many things then.
func ended(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil && !errors.Is(err, ctx.Err()) {
		err = errors.Join(ctx.Err(), err)
	}
	return asError(err)
}

// asError leaves an *Error as it is, and says of others that they are the database's.
func asError(err error) error {
	if _, ok := errors.AsType[*rolekit.Error](err); ok || err == nil {
		return err
	}
	return fmt.Errorf("database: %w", err)
}

// isConflict reports whether the database failed for another transaction's sake,
// so that the same again may succeed. It knows no driver.
func isConflict(err error) bool {
	if err == nil {
		return false
	}
	if saysConflict(err) {
		return true
	}
	switch wrapper := err.(type) { //nolint:errorlint // this is what walks the chain
	case interface{ Unwrap() error }:
		return isConflict(wrapper.Unwrap())
	case interface{ Unwrap() []error }:
		return slices.ContainsFunc(wrapper.Unwrap(), isConflict)
	}
	return false
}

// mysqlError is how go-sql-driver words what the server says. Others of its
// errors begin otherwise.
var mysqlError = regexp.MustCompile(`^Error (\d{4})\b`)

// saysConflict looks at one error alone.
func saysConflict(err error) bool {
	if e, ok := err.(interface{ SQLState() string }); ok {
		switch e.SQLState() {
		case "40001", // serialization_failure
			"40P01", // deadlock_detected
			"55P03", // lock_not_available, by lock_timeout
			"23505": // unique_violation: of what was not there when this looked
			return true
		}
		return false
	}
	if e, ok := err.(interface{ Code() int }); ok {
		primary := e.Code() & 0xff // https://www.sqlite.org/rescode.html#primary_result_codes_versus_extended_result_codes
		return primary == 5 || primary == 6
	}
	if n := mysqlError.FindStringSubmatch(err.Error()); n != nil {
		switch n[1] {
		case "1020", // ER_CHECKREAD: MariaDB, the row changed since the snapshot
			"1062", // ER_DUP_ENTRY: of what was not there when this looked
			"1205", // ER_LOCK_WAIT_TIMEOUT
			"1213": // ER_LOCK_DEADLOCK
			return true
		}
	}
	// mattn/go-sqlite3 keeps its code in a field.
	return err.Error() == "database is locked" || err.Error() == "database table is locked"
}
