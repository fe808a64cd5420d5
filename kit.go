package rolekit

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync/atomic"
	"time"
)

// Config configures a [Kit]. The zero value of every field but Catalog is
// useful.
type Config struct {
	// Access are the accesses that the application adds; the catalog declares
	// their names under access. Default: none.
	Access map[Access]AccessRule
	// Catalog declares the permissions. Required.
	Catalog *Catalog
	// Clock tells the time. Default: time.Now.
	Clock func() time.Time
	// Logger takes what operators should know. Default: slog.Default().
	Logger *slog.Logger
	// Operators is the organisation whose holders of iam.orgs:write may create
	// organisations at the root and see all of them. Default: none; only the
	// system may.
	Operators OrgID
	// PollInterval is how often [Kit.Watch] asks the store what changed.
	// Default: 1 second.
	PollInterval time.Duration
	// Teams returns the teams of a user in an organisation, for access team.
	// It is called during a check that depends on it, so it should be fast; an
	// error denies. Default: nobody is in a team.
	Teams func(ctx context.Context, who Identity) ([]TeamID, error)
}

// Kit decides and manages. Make one with [New] and share it: it is safe for
// concurrent use.
type Kit struct {
	config  Config
	catalog *Catalog
	store   Store
	memory  *memory
	synced  atomic.Pointer[syncState]
}

type syncState struct {
	at  time.Time // when the store was last heard
	err error     // why the last attempt failed
}

// New loads every organisation's policy and returns a kit that decides by
// them. An organisation with a rule that cannot be read is logged, reported by
// [Kit.Health], and denied; the others load. It fails when the store cannot be
// read at all.
func New(ctx context.Context, store Store, config Config) (*Kit, error) {
	if config.Catalog == nil {
		return nil, errorf(CodeInvalid, "Config.Catalog is missing").hint("parse one with rolekit.ParseCatalog")
	}
	if store == nil {
		return nil, errorf(CodeInvalid, "the store is missing").hint("open one with adapter.Open")
	}
	if config.Operators != "" {
		if err := config.Operators.Validate(); err != nil {
			return nil, err
		}
	}
	if err := config.Catalog.checkAccess(config.Access); err != nil {
		return nil, err
	}
	if config.Clock == nil {
		config.Clock = time.Now
	}
	if config.Logger == nil {
		config.Logger = slog.Default()
	}
	if config.PollInterval <= 0 {
		config.PollInterval = time.Second
	}
	k := &Kit{config: config, catalog: config.Catalog, store: store, memory: newMemory(config.Catalog, config.Clock)}
	if err := k.Refresh(ctx); err != nil {
		return nil, err
	}
	return k, nil
}

// Catalog returns the catalog that the kit was made with.
func (k *Kit) Catalog() *Catalog { return k.catalog }

// Refresh asks the store which policies changed and loads those. When the store
// cannot be read, the kit goes on deciding by what it knows, and returns the
// error.
func (k *Kit) Refresh(ctx context.Context) error {
	err := k.refresh(ctx)
	state := syncState{at: k.config.Clock(), err: err}
	if err != nil {
		if last := k.synced.Load(); last != nil {
			state.at = last.at
		}
	}
	k.synced.Store(&state)
	return err
}

func (k *Kit) refresh(ctx context.Context) error {
	known := k.memory.standings()
	err := k.store.View(ctx, func(r Reader) error {
		current, err := r.Revisions(ctx)
		if err != nil {
			return err
		}
		var fresh []*layer
		for _, org := range slices.Sorted(maps.Keys(current)) {
			if had, ok := known[org]; ok && !had.broken && had.revision == current[org] {
				continue
			}
			l, err := k.load(ctx, r, org)
			if errors.Is(err, ErrOrgNotFound) { // in this very view it has a revision
				err = errorf(CodeBrokenPolicy, "organisation %q has a revision, but is not there itself", org).hint("delete it").because(err)
			}
			if errors.Is(err, ErrBrokenPolicy) {
				if k.memory.setBroken(org, err) {
					k.logBroken(org, err)
				}
				continue
			}
			if err != nil {
				return err
			}
			fresh = append(fresh, l)
		}
		for org, had := range known {
			if _, ok := current[org]; !ok && org != AllOrgs {
				fresh = append(fresh, tombstone(org, had.revision+1))
			}
		}
		k.memory.take(fresh)
		return nil
	})
	if err != nil {
		return unavailable("the policy store cannot be read", err)
	}
	return nil
}

// logBroken says once what an organisation, or the default roles, suffer from.
func (k *Kit) logBroken(org OrgID, err error) {
	if org == AllOrgs {
		k.config.Logger.Error("the default roles cannot be read; decisions go on by those read last, if any were", "error", err)
		return
	}
	k.config.Logger.Error("an organisation's policy cannot be read; everything in it is denied", "org", org, "error", err)
}

func (k *Kit) load(ctx context.Context, r Reader, org OrgID) (*layer, error) {
	rec, err := r.Layer(ctx, org)
	if err != nil {
		return nil, err
	}
	return understand(rec, k.config.Logger)
}

// Watch refreshes every Config.PollInterval until the context ends, so that
// changes made by other processes are seen. It returns nil then. Failures are
// logged and tried again.
func (k *Kit) Watch(ctx context.Context) error {
	tick := time.NewTicker(k.config.PollInterval)
	defer tick.Stop()
	said := "" // what was logged last, so that an outage is one line and not one a second
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			err := k.Refresh(ctx)
			switch {
			case err == nil:
				said = ""
			case ctx.Err() == nil && said != err.Error():
				said = err.Error()
				k.config.Logger.Warn("the policy store cannot be read; going on with what is known", "error", err)
			}
		}
	}
}

// Health is how well the kit can decide.
type Health struct {
	// Synced is when the store was last read with success.
	Synced time.Time
	// StoreError is why the last attempt to read it failed; nil when it did not.
	StoreError error
	// Broken are the organisations that cannot be decided in, with the cause.
	Broken map[OrgID]error
}

// Health reports how well the kit can decide.
func (k *Kit) Health() Health {
	s := k.synced.Load()
	return Health{Synced: s.at, StoreError: s.err, Broken: k.memory.brokenOrgs()}
}

// unavailable keeps an *Error as it is and wraps anything else.
func unavailable(what string, err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return errorf(CodeUnavailable, "%s", what).hint("try again; if it goes on, look at the log").because(err)
}
