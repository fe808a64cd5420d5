package metrics

import (
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Requests counts HTTP requests by method, route and status, and how long they
// took. Make one with [NewRequests]; it is a [prometheus.Collector] and safe for
// concurrent use.
type Requests struct{ *prometheus.HistogramVec }

// NewRequests returns one that has counted nothing.
func NewRequests() *Requests {
	return &Requests{prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "rolekit_http_request_duration_seconds",
		Help: "How long HTTP requests took to be answered, by method, route and status.",
		// From a check in memory to a change that waits for a database.
		Buckets: []float64{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10},
	}, []string{"method", "route", "code"})}
}

// Answered counts a request. Methods and routes must be of a kind that clients
// cannot make up, as serving.Request has them: each combination is kept for ever. An
// empty route is counted as none.
func (r *Requests) Answered(method, route string, status int, took time.Duration) {
	if route == "" {
		route = "none"
	}
	r.WithLabelValues(method, route, strconv.Itoa(status)).Observe(took.Seconds())
}
