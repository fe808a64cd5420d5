package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
)

// subject is an application that is asked.
type subject struct {
	name    string
	handler http.Handler
	// edit is the request by which boss gives the edited role of an organisation
	// other grants, and the status that says it is done.
	edit func(org string, grants []grant) (method, path string, header http.Header, body []byte, want int)
}

// result is what was measured of a subject at a size.
type result struct {
	size     size
	subject  string
	postgres string
	filled   time.Duration // what it took to fill the database
	rows     []row
}

// row is one thing that was measured.
type row struct {
	what   string
	times  []time.Duration // sorted
	took   time.Duration
	errors int
}

// at is the time within which a share of the answers came.
func (r row) at(share float64) time.Duration { return r.times[int(share*float64(len(r.times)-1))] }

func (r row) perSecond() float64 { return float64(len(r.times)) / r.took.Seconds() }

// measure measures both subjects at a size, one after the other, in a database
// that is theirs.
func measure(ctx context.Context, o *options, s size) (all []*result, err error) {
	gin.SetMode(gin.ReleaseMode)
	d, err := newDatabase(ctx, o.postgres)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, d.drop(context.WithoutCancel(ctx))) }()
	version, err := d.version(ctx)
	if err != nil {
		return nil, err
	}
	db, closePool, err := d.open(o.workers)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, closePool()) }()
	for _, build := range []func() (*subject, error){
		func() (*subject, error) { return newKit(ctx, db, s) },
		func() (*subject, error) { return newCasbin(db, s) },
	} {
		began := time.Now()
		sub, err := build()
		if err != nil {
			return nil, err
		}
		r := &result{size: s, subject: sub.name, postgres: version, filled: time.Since(began)}
		o.tell("%s: %s has %d organisations of %d members, made in %.1f s", s.name, sub.name, s.orgs, s.members, r.filled.Seconds())
		if r.rows, err = sub.measure(ctx, o, s); err != nil {
			return nil, fmt.Errorf("%s: %w", sub.name, err)
		}
		all = append(all, r)
	}
	return all, nil
}

// measure serves the subject on a port of the machine's choice, and asks it.
func (sub *subject) measure(ctx context.Context, o *options, s size) (rows []row, err error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	server := &http.Server{Handler: sub.handler, ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	defer func() {
		err = errors.Join(err, server.Close())
		if e := <-served; !errors.Is(e, http.ErrServerClosed) {
			err = errors.Join(err, e)
		}
	}()
	transport := &http.Transport{MaxIdleConnsPerHost: o.workers + 1}
	defer transport.CloseIdleConnections()
	c := &caller{client: &http.Client{Transport: transport, Timeout: time.Minute}, url: "http://" + listener.Addr().String()}
	questions := s.questions(o.seed, 1<<12)
	// What the first requests find missing is made by them, and not measured.
	if _, err := c.check(ctx, "", questions[:min(len(questions), 200)], o, time.Now().Add(o.phase), 200); err != nil {
		return nil, err
	}
	alone, err := c.check(ctx, "checks", questions, o, time.Now().Add(o.phase), o.requests)
	if err != nil {
		return nil, err
	}
	editing, stop := context.WithCancel(ctx)
	var edits row
	edited := make(chan error, 1)
	go func() {
		var err error
		edits, err = c.editAll(editing, sub, s)
		if err != nil {
			stop()
		}
		edited <- err
	}()
	during, err := c.check(editing, "checks, while roles are edited", questions, o, time.Now().Add(o.phase), o.requests)
	stop()
	if e := <-edited; e != nil {
		return nil, e
	}
	if err != nil {
		return nil, err
	}
	return []row{alone, during, edits}, nil
}

// caller sends requests.
type caller struct {
	client *http.Client
	url    string
}

// send sends one and returns how it was answered.
func (c *caller) send(ctx context.Context, method, path, user string, header http.Header, body []byte) (status int, took time.Duration, err error) {
	r, err := http.NewRequestWithContext(ctx, method, c.url+path, bytes.NewReader(body))
	if err != nil {
		return 0, 0, err
	}
	if header != nil {
		r.Header = header
	}
	r.Header.Set(userHeader, user)
	began := time.Now()
	answer, err := c.client.Do(r)
	if err != nil {
		return 0, 0, err
	}
	_, err = io.Copy(io.Discard, answer.Body)
	took = time.Since(began)
	return answer.StatusCode, took, errors.Join(err, answer.Body.Close())
}

// wrong is an answer that must not be: the run ends by it.
var errWrong = errors.New("a wrong answer")

func wrong(method, path, user string, got, want int) error {
	return fmt.Errorf("%w: %s %s by %s was answered with %d, and should have been with %d", errWrong, method, path, user, got, want)
}

// check asks the questions in turn, by all workers, until a time or a number.
func (c *caller) check(ctx context.Context, what string, questions []question, o *options, until time.Time, most int) (row, error) {
	var (
		next, failed atomic.Int64
		all          sync.WaitGroup
	)
	times, errs := make([][]time.Duration, o.workers), make([]error, o.workers)
	began := time.Now()
	for w := range o.workers {
		all.Go(func() {
			for ctx.Err() == nil && time.Now().Before(until) {
				i := int(next.Add(1)) - 1
				if i >= most {
					return
				}
				q := questions[i%len(questions)]
				got, took, err := c.send(ctx, q.method, q.path, q.user, nil, nil)
				switch {
				case err != nil:
					failed.Add(1)
				case got != q.want:
					errs[w] = wrong(q.method, q.path, q.user, got, q.want)
					return
				default:
					times[w] = append(times[w], took)
				}
			}
		})
	}
	all.Wait()
	r := row{what: what, times: slices.Concat(times...), took: time.Since(began), errors: int(failed.Load())}
	slices.Sort(r.times)
	if err := errors.Join(errs...); err != nil {
		return row{}, err
	}
	if len(r.times) == 0 {
		return row{}, fmt.Errorf("%s: no request was answered, %d failed", what, r.errors)
	}
	return r, nil
}

// editAll edits the role in one organisation after the other until it is stopped.
// After each edit it asks what the role gave, and what it gives: an edit that was
// answered must be felt by the next check.
func (c *caller) editAll(ctx context.Context, sub *subject, s size) (row, error) {
	states := edited()
	r := row{what: "edits of a role, each followed by two checks"}
	began := time.Now()
	for n := 0; ctx.Err() == nil; n++ {
		org, state := s.org(n%s.orgs), (n/s.orgs+1)%2
		method, path, header, body, want := sub.edit(org, states[state])
		// An edit that is begun is finished, or nobody knows what there is.
		got, took, err := c.send(context.WithoutCancel(ctx), method, path, boss, header, body)
		if err != nil {
			return row{}, fmt.Errorf("edit: %w", err)
		}
		if got != want {
			return row{}, wrong(method, path, boss, got, want)
		}
		r.times = append(r.times, took)
		for i, grants := range states {
			want := http.StatusForbidden
			if i == state {
				want = http.StatusNoContent
			}
			path := "/orgs/" + org + "/" + grants[0].object
			got, _, err := c.send(context.WithoutCancel(ctx), http.MethodGet, path, guest, nil, nil)
			if err != nil {
				return row{}, fmt.Errorf("check after an edit: %w", err)
			}
			if got != want {
				return row{}, wrong(http.MethodGet, path, guest, got, want)
			}
		}
	}
	r.took = time.Since(began)
	slices.Sort(r.times)
	return r, nil
}
