package rolekit

import (
	"fmt"
	"time"
)

// Period limits an assignment in time: from From on, until before Until. A zero
// time is no limit. Times are kept in UTC, to the second.
type Period struct {
	From, Until time.Time
}

// timeForm is how casbin_rule holds a time: the form that Casbin's own
// TimeMatch reads, with noTime for none.
const (
	timeForm = time.DateTime
	noTime   = "_"

	firstYear = 1970
)

// Includes reports whether the time lies in the period.
func (p Period) Includes(t time.Time) bool {
	return (p.From.IsZero() || !t.Before(p.From)) && (p.Until.IsZero() || t.Before(p.Until))
}

// Unlimited reports whether the period has neither start nor end.
func (p Period) Unlimited() bool { return p.From.IsZero() && p.Until.IsZero() }

func (p Period) normal() Period {
	utc := func(t time.Time) time.Time {
		if t.IsZero() {
			return time.Time{}
		}
		return t.UTC().Truncate(time.Second)
	}
	return Period{utc(p.From), utc(p.Until)}
}

func (p Period) validate() error {
	if !p.From.IsZero() && !p.Until.IsZero() && !p.From.Before(p.Until) {
		return errorf(CodeInvalid, "an assignment that ends at %s cannot start at %s", p.Until.Format(time.RFC3339), p.From.Format(time.RFC3339))
	}
	for _, t := range []time.Time{p.From, p.Until} {
		if y := t.Year(); !t.IsZero() && (y < firstYear || y > 9999) {
			return errorf(CodeInvalid, "the year %d cannot be stored", y).hint("use a time from 1970 to 9999")
		}
	}
	return nil
}

func (p Period) fields() (from, until string) {
	form := func(t time.Time) string {
		if t.IsZero() {
			return noTime
		}
		return t.UTC().Format(timeForm)
	}
	return form(p.From), form(p.Until)
}

func parsePeriod(from, until string) (p Period, err error) {
	parse := func(s string) (time.Time, error) {
		if s == noTime {
			return time.Time{}, nil
		}
		t, err := time.Parse(timeForm, s)
		if err == nil && t.Year() < firstYear { // else the year 1 would read as no limit
			err = fmt.Errorf("the year %d is none that is stored", t.Year())
		}
		return t, err
	}
	if p.From, err = parse(from); err != nil {
		return p, fmt.Errorf("the start is not a time: %w", err)
	}
	if p.Until, err = parse(until); err != nil {
		return p, fmt.Errorf("the end is not a time: %w", err)
	}
	return p, nil
}
