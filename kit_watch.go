package rolekit

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// Watch keeps the kit up to date with what other processes change, until the
// context ends; it returns nil then. It looks at what Config.Watcher tells, as soon
// as it does, and at everything each Config.PollInterval, as news may be lost.
// Failures are logged and tried again. A watcher that fails for good is logged, and
// its error comes back in the end; the polls go on. Run one a kit.
func (k *Kit) Watch(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	listening := make(chan error, 1)
	go func() { listening <- k.listen(ctx) }()
	tick := time.NewTicker(k.config.PollInterval)
	defer tick.Stop()
	var unheard error // why no news are heard any more
	said := ""        // what was logged last, so that an outage is one line and not one a second
	for {
		var err error
		select {
		case <-ctx.Done():
			if listening != nil {
				unheard = <-listening
			}
			return unheard
		case unheard = <-listening:
			listening = nil
			if ctx.Err() == nil {
				k.config.Logger.Error("news of other processes' changes are not heard any more; they are seen at the next poll", "error", unheard)
			}
		case <-tick.C:
			err = k.poll(ctx)
		case <-k.inbox.wake:
			err = k.look(ctx)
		}
		switch {
		case err == nil:
			said = ""
		case ctx.Err() == nil && said != err.Error():
			said = err.Error()
			k.config.Logger.Warn("the policy store cannot be read; going on with what is known", "error", err)
		}
	}
}

// poll is a refresh that ends.
func (k *Kit) poll(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	return k.Refresh(ctx)
}

// look looks where news came from. What comes meanwhile waits for the next time,
// so that many changes of one organisation are one load.
func (k *Kit) look(ctx context.Context) error {
	everything, news := k.inbox.take()
	if everything {
		return k.poll(ctx)
	}
	orgs := k.memory.behind(news)
	if len(orgs) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	return k.syncOrgs(ctx, orgs)
}

// listen takes in what the watcher tells until the context ends.
func (k *Kit) listen(ctx context.Context) error {
	if k.config.Watcher == nil {
		<-ctx.Done()
		return nil
	}
	return k.config.Watcher.Listen(ctx,
		func(message string) {
			if message != "" {
				k.counts.heard.Add(1)
			}
			k.inbox.put(parseNews(message))
		},
		func(err error) {
			if ctx.Err() == nil {
				k.config.Logger.Warn("news of other processes' changes are not heard; they are seen at the next poll", "error", err)
			}
		})
}

// inbox is where news wait until they are looked at.
type inbox struct {
	wake chan struct{} // holds one token while something waits

	mu         sync.Mutex
	everything bool
	orgs       news
}

func newInbox() *inbox { return &inbox{wake: make(chan struct{}, 1), orgs: news{}} }

// put adds what a message tells; all may have changed, where it cannot be read.
func (in *inbox) put(n news, readable bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.everything = in.everything || !readable
	in.orgs.add(n)
	select {
	case in.wake <- struct{}{}:
	default:
	}
}

func (in *inbox) take() (everything bool, n news) {
	in.mu.Lock()
	defer in.mu.Unlock()
	everything, n = in.everything, in.orgs
	in.everything, in.orgs = false, news{}
	return everything, n
}

// behind returns the organisations of which memory is behind the news, sorted.
// Where organisations are loaded when they are asked for, those that are neither
// loaded nor about to be do not count.
func (m *memory) behind(n news) []OrgID {
	lazy, coming := m.shelf.limit > 0, []OrgID(nil)
	if lazy {
		coming = m.ofInterest()
	}
	known := m.revisions(slices.Collect(maps.Keys(n)))
	var orgs []OrgID
	for org, revision := range n {
		had, ok := known[org]
		switch {
		case ok && had >= revision:
		case !ok && lazy && !slices.Contains(coming, org):
		default:
			orgs = append(orgs, org)
		}
	}
	slices.Sort(orgs)
	return orgs
}

// revisions returns those that memory has come to, of the organisations that it
// has a place for; those of deleted ones too.
func (m *memory) revisions(orgs []OrgID) map[OrgID]Revision {
	m.mu.RLock()
	defer m.mu.RUnlock()
	known := map[OrgID]Revision{}
	for _, org := range orgs {
		if org == AllOrgs {
			known[org] = m.defaults.revision
			continue
		}
		if n := m.places.Load().find(org); n != nil {
			known[org] = 0
			if n.layer != nil {
				known[org] = n.layer.revision
			}
		}
	}
	return known
}
