package rolekit

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	// newsHead is how each message to a watcher begins: what it is, and the
	// version of its form.
	newsHead = "rolekit/1"
	// maxNews is how many bytes a message may have. Postgres takes fewer than 8000.
	maxNews = 4000
	// tellTimeout is how long a message may take to go out.
	tellTimeout = 5 * time.Second
)

// news is which organisations came to which revision.
type news map[OrgID]Revision

func (n news) add(other news) {
	for org, revision := range other {
		n[org] = max(n[org], revision)
	}
}

// String is the message that tells the news: rolekit/1 tom=17 jack=18. News that
// would be too long tell of everything.
func (n news) String() string {
	var b strings.Builder
	b.WriteString(newsHead)
	for _, org := range slices.Sorted(maps.Keys(n)) {
		fmt.Fprintf(&b, " %s=%d", org, n[org])
		if b.Len() > maxNews {
			return newsHead
		}
	}
	return b.String()
}

// parseNews reads a message. What is not one, or tells of nothing in particular,
// is not readable: then anything may have changed. A message is never believed
// but to look.
func parseNews(message string) (n news, readable bool) {
	words := strings.Fields(message)
	if len(words) < 2 || words[0] != newsHead {
		return nil, false
	}
	n = news{}
	for _, word := range words[1:] {
		org, number, _ := strings.Cut(word, "=")
		revision, err := strconv.ParseInt(number, 10, 64)
		if err != nil || OrgID(org) != AllOrgs && OrgID(org).Validate() != nil {
			return nil, false
		}
		n.add(news{OrgID(org): Revision(revision)})
	}
	return n, true
}

// outbox is where news wait to be told. It is sent in the background: whoever
// changed something does not wait for a broker.
type outbox struct {
	mu      sync.Mutex
	waiting news
	sent    chan struct{} // closed when nothing waits any more; nil while nothing is sent
	failing bool          // it was logged
}

// tell tells other processes of layers that were changed.
func (k *Kit) tell(layers []*layer) {
	n := news{}
	for _, l := range layers {
		n[l.id()] = l.revision
	}
	k.send(n)
}

// tellOf tells that organisations were changed, to what memory knows of them.
func (k *Kit) tellOf(orgs []OrgID) {
	n, known := news{}, k.memory.revisions(orgs)
	for _, org := range orgs {
		n[org] = known[org]
	}
	k.send(n)
}

func (k *Kit) send(n news) {
	if k.config.Watcher == nil || len(n) == 0 {
		return
	}
	out := &k.outbox
	out.mu.Lock()
	defer out.mu.Unlock()
	if out.waiting == nil {
		out.waiting = news{}
	}
	out.waiting.add(n)
	if out.sent == nil {
		out.sent = make(chan struct{})
		go k.sendAll(out.sent)
	}
}

// sendAll sends until nothing waits. What comes while a message is under way goes
// with the next.
func (k *Kit) sendAll(sent chan struct{}) {
	defer close(sent)
	for {
		out := &k.outbox
		out.mu.Lock()
		n := out.waiting
		out.waiting = nil
		if len(n) == 0 {
			out.sent = nil
			out.mu.Unlock()
			return
		}
		out.mu.Unlock()
		err := k.notify(n)
		k.counts.told.Add(1)
		if err != nil {
			k.counts.untold.Add(1)
			if !out.failing {
				k.config.Logger.Warn("other processes were not told of a change; they see it at their next poll", "error", err)
			}
		}
		out.failing = err != nil // only one goroutine sends
	}
}

func (k *Kit) notify(n news) error {
	ctx, cancel := context.WithTimeout(context.Background(), tellTimeout)
	defer cancel()
	return guarded(func() error { return k.config.Watcher.Notify(ctx, n.String()) })
}

// Flush waits until the news of the changes made so far went out, or failed to. A
// program that ends right after a change calls it; else the news is lost, and
// others see the change at their next poll.
func (k *Kit) Flush(ctx context.Context) error {
	k.outbox.mu.Lock()
	sent := k.outbox.sent
	k.outbox.mu.Unlock()
	if sent == nil {
		return nil
	}
	select {
	case <-sent:
		return nil
	case <-ctx.Done():
		return errorf(CodeUnavailable, "other processes were not told of the last changes").because(errors.Join(ctx.Err(), context.Cause(ctx)))
	}
}
