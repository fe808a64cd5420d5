// Package metrics tells Prometheus how well a kit is: how old the policies are
// that it decides by, how many organisations it holds, and how the news of changes
// travel; and, beside the kit, what is decided and how long that and HTTP requests take.
//
//	decisions := metrics.NewDecisions()
//	registry.MustRegister(metrics.New(kit), decisions)
//	guard, err := middleware.New(metrics.Authorizer(kit, decisions), config)
//
// None of it names an organisation or a user. How many organisations there are
// shows all the same, so it is not for everyone to read.
package metrics

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/rolekit/rolekit"
)

// Kit is what is told about; [*rolekit.Kit] is one.
type Kit interface{ Stats() rolekit.Stats }

var _ Kit = (*rolekit.Kit)(nil)

// The values of the labels result and direction.
const (
	ok       = "ok"
	failed   = "failed"
	received = "received"
	sent     = "sent"
)

// Collector is a [prometheus.Collector]. Make one with [New]; it is safe for
// concurrent use.
type Collector struct {
	kit                                     Kit
	age, loaded, broken, polls, loads, news *prometheus.Desc

	mu   sync.Mutex
	seen struct{ polls, news int64 } // those that went well, as told last
}

var _ prometheus.Collector = (*Collector)(nil)

// New returns a collector of the kit's metrics. A registry takes one a kit; for
// several, wrap it with prometheus.WrapRegistererWith and a label of your own.
func New(kit Kit) *Collector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("rolekit_"+name, help, labels, nil)
	}
	return &Collector{
		kit:    kit,
		age:    desc("policy_age_seconds", "How long ago the last reading of the policy store that succeeded began."),
		loaded: desc("orgs_loaded", "How many organisations' policies are in memory."),
		broken: desc("orgs_broken", "How many organisations' policies cannot be read, so that everything in them is denied."),
		polls:  desc("polls_total", "How often the policy store was asked what changed, by how that went.", "result"),
		loads:  desc("loads_total", "How often an organisation's policy was read from the store."),
		news: desc("news_total", "How many messages about changes came from other processes or went to them, by how that went.",
			"direction", "result"),
	}
}

// Describe implements [prometheus.Collector].
func (c *Collector) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.age, c.loaded, c.broken, c.polls, c.loads, c.news} {
		to <- d
	}
}

// Collect implements [prometheus.Collector].
func (c *Collector) Collect(to chan<- prometheus.Metric) {
	s, polls, news := c.read()
	gauge := func(d *prometheus.Desc, v float64) { to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v) }
	count := func(d *prometheus.Desc, v int64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
	}
	gauge(c.age, s.Age.Seconds())
	gauge(c.loaded, float64(s.Loaded))
	gauge(c.broken, float64(s.Broken))
	count(c.polls, polls, ok)
	count(c.polls, s.FailedPolls, failed)
	count(c.loads, s.Loads)
	count(c.news, s.Heard, received, ok)
	count(c.news, news, sent, ok)
	count(c.news, s.Untold, sent, failed)
}

// read returns the kit's numbers, and of polls and sent news those that went
// well. Stats reads them one after the other while they are counted, so the
// differences may go back by one; to Prometheus that would be a restart.
func (c *Collector) read() (s rolekit.Stats, polls, news int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s = c.kit.Stats()
	c.seen.polls = max(c.seen.polls, s.Polls-s.FailedPolls)
	c.seen.news = max(c.seen.news, s.Told-s.Untold)
	return s, c.seen.polls, c.seen.news
}
