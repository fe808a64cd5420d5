package rolekit

import (
	"context"
	"errors"
	"maps"
	"runtime"
	"slices"
	"sync"
	"time"
)

const (
	// storeTimeout is how long one reading of the store may take before it counts
	// as failed: a connection that hangs must not keep the kit from the next.
	storeTimeout = 30 * time.Second
	// layersAtOnce is how many layers are taken in together. What is taken in
	// stays, should the rest fail.
	layersAtOnce = 256
	// fewOrgs is up to how many organisations the store is asked for by name.
	fewOrgs = 500
)

// Refresh asks the store which policies changed and loads those. When the store
// cannot be read, the kit goes on deciding by what it knows, and returns the
// error; see Config.MaxStaleness.
func (k *Kit) Refresh(ctx context.Context) error {
	began, doubts := k.config.Clock(), k.trust.doubts()
	err := k.sync(ctx, func(context.Context, Reader) ([]OrgID, error) { return k.watched(), nil })
	k.counts.polls.Add(1)
	if err != nil {
		k.counts.failedPolls.Add(1)
	}
	k.trust.heard(began, doubts, err)
	return err
}

// watched are the organisations that a refresh looks at; nil for all.
func (k *Kit) watched() []OrgID {
	if !k.lazy() {
		return nil
	}
	return append(k.memory.ofInterest(), AllOrgs)
}

// few returns the organisations, or nil for all where they are so many that the
// store is better asked for all than by name.
func few(orgs []OrgID) []OrgID {
	if len(orgs) > fewOrgs {
		return nil
	}
	return orgs
}

// revisions returns the stored revisions of just these organisations; of all, for
// nil.
func revisions(ctx context.Context, r Reader, orgs []OrgID) (map[OrgID]Revision, error) {
	asked := few(orgs)
	all, err := r.Revisions(ctx, asked...)
	if err != nil || len(asked) == len(orgs) {
		return all, err
	}
	some := make(map[OrgID]Revision, len(orgs))
	for _, org := range orgs {
		if at, ok := all[org]; ok {
			some[org] = at
		}
	}
	return some, nil
}

// sync takes in what changed in the organisations that which names; in all that
// the kit has to know of, where it names none.
func (k *Kit) sync(ctx context.Context, which func(context.Context, Reader) ([]OrgID, error)) error {
	began, done := k.memory.reading()
	defer done()
	known := k.memory.standings()
	err := k.store.View(ctx, func(r Reader) error {
		orgs, err := which(ctx, r)
		if err != nil {
			return err
		}
		return k.catchUp(ctx, r, began, orgs, known)
	})
	if err != nil {
		return unavailable("the policy store cannot be read", err)
	}
	return nil
}

// syncOrgs is sync for a list.
func (k *Kit) syncOrgs(ctx context.Context, orgs []OrgID) error {
	return k.sync(ctx, func(context.Context, Reader) ([]OrgID, error) { return orgs, nil })
}

// catchUp compares the revisions of the organisations (of all, for nil) with what
// is known, and loads those that differ.
func (k *Kit) catchUp(ctx context.Context, r Reader, began uint64, orgs []OrgID, known map[OrgID]progress) error {
	current, err := revisions(ctx, r, orgs)
	if err != nil {
		return err
	}
	var changed []OrgID
	for org, revision := range current {
		had, ok := known[org]
		if !ok || had.broken || had.revision != revision {
			changed = append(changed, org)
		}
		if ok && had.revision > revision {
			k.config.Logger.Warn("the store has gone back: it holds less than was read from it before, and that is what counts now",
				"org", org, "known", had.revision, "stored", revision)
		}
	}
	slices.Sort(changed)
	if err := k.loadAll(ctx, r, began, changed); err != nil {
		return err
	}
	if orgs == nil {
		orgs = slices.Collect(maps.Keys(known))
	}
	k.memory.take(tombstones(orgs, known, current, began))
	return nil
}

// tombstones are those of the organisations that were known and are not there any
// more.
func tombstones(orgs []OrgID, known map[OrgID]progress, current map[OrgID]Revision, began uint64) (gone []*layer) {
	for _, org := range orgs {
		had, ok := known[org]
		if _, there := current[org]; ok && !there && org != AllOrgs {
			gone = append(gone, tombstone(org, had.revision+1, began))
		}
	}
	return gone
}

// loadAll takes in the organisations' layers as the reader sees them. One that
// cannot be read is denied, and the others go on.
func (k *Kit) loadAll(ctx context.Context, r Reader, began uint64, orgs []OrgID) error {
	missing := make(map[OrgID]bool, len(orgs))
	for _, org := range orgs {
		missing[org] = true
	}
	records, done := k.decoders(began, len(orgs))
	err := func() error {
		defer done()
		for record, err := range r.Layers(ctx, orgs) {
			delete(missing, record.Org.ID)
			switch {
			case errors.Is(err, ErrBrokenPolicy):
				k.setBroken(record.Org.ID, err)
			case err != nil:
				return err
			default:
				records <- record
			}
		}
		return nil
	}()
	if err != nil {
		return err
	}
	for org := range missing { // in this very view it has a revision
		k.setBroken(org, errorf(CodeBrokenPolicy, "organisation %q has a revision, but is not there itself", org).hint("delete it"))
	}
	k.counts.loads.Add(int64(len(orgs)))
	return nil
}

// decoders take in about so many records, on as many processors as there are. Who
// sent the last one calls done, which returns when all are taken in.
func (k *Kit) decoders(began uint64, about int) (records chan<- Layer, done func()) {
	sent := make(chan Layer, layersAtOnce)
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), about/layersAtOnce+1) {
		workers.Go(func() {
			var fresh []*layer
			for record := range sent {
				l, err := understand(record, began, &k.bundles, k.config.Logger)
				if err != nil {
					k.setBroken(record.Org.ID, err)
					continue
				}
				if fresh = append(fresh, l); len(fresh) == layersAtOnce {
					k.memory.take(fresh)
					fresh = nil
				}
			}
			k.memory.take(fresh)
		})
	}
	return sent, func() {
		close(sent)
		workers.Wait()
	}
}

// load reads one organisation's layer.
func (k *Kit) load(ctx context.Context, r Reader, began uint64, org OrgID) (*layer, error) {
	record, err := r.Layer(ctx, org)
	if err != nil {
		return nil, err
	}
	return understand(record, began, &k.bundles, k.config.Logger)
}

// setBroken keeps from deciding in an organisation, and says once why.
func (k *Kit) setBroken(org OrgID, err error) {
	if !k.memory.setBroken(org, err) {
		return
	}
	if org == AllOrgs {
		k.config.Logger.Error("the default roles cannot be read; decisions go on by those read last, if any were", "error", err)
		return
	}
	k.config.Logger.Error("an organisation's policy cannot be read; everything in it is denied", "org", org, "error", err)
}

// policy returns the organisation's policy, loading it where that is still to do.
func (k *Kit) policy(ctx context.Context, org OrgID) (*policy, error) {
	return loaded(ctx, k, org, k.memory.policy)
}

// snapshot returns the organisation's snapshot, loading it where that is still to
// do. Without Config.MaxLoaded it never touches the store.
func (k *Kit) snapshot(ctx context.Context, org OrgID) (*snapshot, error) {
	return loaded(ctx, k, org, k.memory.snapshot)
}

// errPushedOut is why an organisation cannot be decided in that the store has.
var errPushedOut = errors.New("other organisations push it out of memory before it can be used; raise Config.MaxLoaded")

// loaded gets something of an organisation from memory. Where that does not hold
// it (any more), it is fetched, and got again.
func loaded[T any](ctx context.Context, k *Kit, org OrgID, get func(OrgID) (T, error)) (T, error) {
	const tries = 100 // others may push it out again before it is got
	got, err := get(org)
	for range tries {
		if !errors.Is(err, errNotLoaded) {
			return got, err
		}
		there, failed := k.fetchUnless(ctx, org, k.holds)
		if failed != nil {
			return got, failed
		}
		if !there {
			return got, orgNotFound(org)
		}
		got, err = get(org)
	}
	if !errors.Is(err, errNotLoaded) {
		return got, err
	}
	return got, unavailable("the organisation's policy was not loaded", errPushedOut)
}

// fetch takes in what changed in the organisation, its ancestors and the default
// roles.
func (k *Kit) fetch(ctx context.Context, org OrgID) error {
	_, err := k.fetchUnless(ctx, org, func(OrgID) bool { return false })
	return err
}

// fetchUnless is fetch, but where unless says, when its turn has come, that there
// is no need; it reports whether there is such an organisation. Who asks for one
// organisation at the same time shares one reading, which goes on when one of them
// gives up.
func (k *Kit) fetchUnless(ctx context.Context, org OrgID, unless func(OrgID) bool) (there bool, err error) {
	if org.Validate() != nil { // whoever made that up need not trouble the store
		return false, orgNotFound(org)
	}
	done := k.fetches.DoChan(string(org), func() (any, error) {
		if unless(org) {
			return true, nil
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
		defer cancel()
		return k.syncLine(ctx, org)
	})
	select {
	case <-ctx.Done():
		return false, unavailable("the organisation's policy was not loaded", ctx.Err())
	case got := <-done:
		there, _ = got.Val.(bool)
		return there, got.Err
	}
}

// errLooked is why a reading is begun anew: somebody looked for changes since it
// began, and did not know what it was to bring.
var errLooked = errors.New("the store was looked at meanwhile")

// syncLine takes in what changed in the organisation, its ancestors and the default
// roles, and reports whether there is such an organisation. Nobody has looked for
// changes since what it brings was read who did not look there.
func (k *Kit) syncLine(ctx context.Context, org OrgID) (there bool, err error) {
	bringing := k.memory.expect(org)
	defer bringing.end()
	for again := true; again; {
		bringing.begin()
		again = false
		err = k.sync(ctx, func(ctx context.Context, r Reader) ([]OrgID, error) {
			line, err := r.Line(ctx, org)
			there = err == nil
			ids := []OrgID{AllOrgs, org} // the organisation even where it is gone, so that this is noticed
			for _, o := range line {
				ids = append(ids, o.ID)
			}
			if errors.Is(err, ErrOrgNotFound) {
				err = nil
			}
			if again = err == nil && !bringing.also(ids); again {
				err = errLooked
			}
			slices.Sort(ids)
			return slices.Compact(ids), err
		})
	}
	return there, err
}

// holds reports whether memory can tell of the organisation.
func (k *Kit) holds(org OrgID) bool {
	_, err := k.memory.policy(org)
	return !errors.Is(err, errNotLoaded)
}

// reread takes in what a transaction of the application's changed. It is
// committed, so a check that decided by what was before would be wrong: where the
// store cannot be read now, checks there are refused until it can.
func (k *Kit) reread(orgs []OrgID) {
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	if err := k.syncOrgs(ctx, orgs); err != nil {
		for _, org := range orgs {
			if org == AllOrgs {
				k.trust.doubt()
				k.config.Logger.Error("the default roles were changed and cannot be read; everything is denied until they can", "error", err)
				continue
			}
			k.setBroken(org, errorf(CodeUnavailable, "the policy of %q was changed, and cannot be read at the moment", org).because(err))
		}
		if k.unread.Add(1) == 1 {
			go k.heal()
		}
	}
	k.tellOf(orgs)
}

// heal reads the store again until that succeeds, for a kit that nobody runs Watch
// for as well.
func (k *Kit) heal() {
	for {
		time.Sleep(k.config.PollInterval)
		unread := k.unread.Load()
		// What came to be unread while it was read may need another time.
		if k.poll(context.Background()) == nil && k.unread.CompareAndSwap(unread, 0) {
			return
		}
	}
}
