package metrics

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/rolekit/rolekit"
)

// Decisions counts decisions by their result, and how long they took. Make one
// with [NewDecisions]; it is a [prometheus.Collector] and safe for concurrent use.
//
// Counting neither locks nor allocates nor logs.
type Decisions struct {
	allowed, denied, invalid, failed prometheus.Counter
	seconds                          prometheus.Histogram
}

var _ prometheus.Collector = (*Decisions)(nil)

// NewDecisions returns one that has counted nothing.
func NewDecisions() *Decisions {
	counter := func(result string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{
			Name: "rolekit_decisions_total", ConstLabels: prometheus.Labels{"result": result},
			Help: "How many decisions were made, by their result: allowed, denied, invalid (the question made no sense) or failed (none could be made).",
		})
	}
	return &Decisions{
		allowed: counter("allowed"), denied: counter("denied"), invalid: counter("invalid"), failed: counter(failed),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "rolekit_decision_duration_seconds", Help: "How long decisions took; of those made within the process, of one in 64.",
			// From what an index in memory takes to what loading from a database does.
			Buckets: []float64{250e-9, 500e-9, 1e-6, 2.5e-6, 5e-6, 10e-6, 100e-6, 1e-3, 10e-3, 100e-3, 1},
		}),
	}
}

// Decided counts one decision, and how long it took. It has the form of [rolekit.Authorizer]'s answers,
// and of what the API tells of its checks.
func (d *Decisions) Decided(decision rolekit.Decision, err error, took time.Duration) {
	d.count(decision.Allowed, err)
	d.seconds.Observe(took.Seconds())
}

func (d *Decisions) count(allowed bool, err error) { d.counterOf(allowed, err).Inc() }

func (d *Decisions) counterOf(allowed bool, err error) prometheus.Counter { //nolint:ireturn // counters have no other type
	if err == nil {
		if allowed {
			return d.allowed
		}
		return d.denied
	}
	e, ok := errors.AsType[*rolekit.Error](err)
	switch {
	case !ok, e.Code == rolekit.CodeUnavailable, e.Code == rolekit.CodeBrokenPolicy:
		return d.failed
	case e.Code == rolekit.CodePermissionDenied:
		return d.denied
	}
	return d.invalid
}

// Describe implements [prometheus.Collector].
func (d *Decisions) Describe(to chan<- *prometheus.Desc) {
	d.allowed.Describe(to) // the others differ in a label's value, and share its description
	d.denied.Describe(to)
	d.invalid.Describe(to)
	d.failed.Describe(to)
	d.seconds.Describe(to)
}

// Collect implements [prometheus.Collector].
func (d *Decisions) Collect(to chan<- prometheus.Metric) {
	d.allowed.Collect(to)
	d.denied.Collect(to)
	d.invalid.Collect(to)
	d.failed.Collect(to)
	d.seconds.Collect(to)
}

// Deciding is what guards ask: a kit.
type Deciding interface {
	rolekit.Authorizer
	AwaitFor(ctx context.Context, who rolekit.Identity, atLeast rolekit.Revision) error
	Catalog() *rolekit.Catalog
}

var _ Deciding = (*rolekit.Kit)(nil)

// Measured is a kit whose decisions are counted. Make one with [Authorizer].
type Measured struct {
	Deciding

	decisions *Decisions
}

// timed is of how many decisions one is timed. Asking the clock twice can take
// longer than the decision itself; counting it takes a few nanoseconds.
const timed = 64

// Authorizer returns the kit with its decisions counted, for whoever asks it
// through this: guards of middleware take it in the kit's place. Of 64 decisions, one
// by chance is timed. The kit itself counts nothing.
func Authorizer(kit Deciding, decisions *Decisions) *Measured { return &Measured{kit, decisions} }

// Can implements [rolekit.Authorizer].
func (m *Measured) Can(ctx context.Context, who rolekit.Identity, want rolekit.Permission, resource rolekit.Resource) (rolekit.Decision, error) {
	if rand.Uint32()%timed == 0 { //nolint:gosec // it decides nothing
		began := time.Now()
		d, err := m.Deciding.Can(ctx, who, want, resource)
		m.decisions.Decided(d, err, time.Since(began))
		return d, err
	}
	d, err := m.Deciding.Can(ctx, who, want, resource)
	m.decisions.count(d.Allowed, err)
	return d, err
}

// Ensure implements [rolekit.Authorizer].
func (m *Measured) Ensure(ctx context.Context, who rolekit.Identity, want rolekit.Permission, resource rolekit.Resource) (rolekit.Decision, error) {
	if rand.Uint32()%timed == 0 { //nolint:gosec // it decides nothing
		began := time.Now()
		d, err := m.Deciding.Ensure(ctx, who, want, resource)
		m.decisions.Decided(d, err, time.Since(began))
		return d, err
	}
	d, err := m.Deciding.Ensure(ctx, who, want, resource)
	m.decisions.count(d.Allowed, err)
	return d, err
}
