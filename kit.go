package rolekit

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"
)

// Config configures a [Kit]. The zero value of every field but Catalog is
// useful.
type Config struct {
	// Access are the accesses that the application adds; the catalog declares
	// their names under access. Default: none.
	Access map[Access]AccessRule
	// AwaitTimeout is how long [Kit.Await] waits for a revision. Default: 1 second.
	AwaitTimeout time.Duration
	// Catalog declares the permissions. Required.
	Catalog *Catalog
	// Clock tells the time. Default: time.Now.
	Clock func() time.Time
	// DenyStale makes every check fail with ErrUnavailable while the policies are
	// older than MaxStaleness, which it requires. Default: decisions go on by what
	// is known, and Health says how old that is.
	DenyStale bool
	// Engine is what decides. Default: EngineCompiled, or EngineCasbin where Model
	// is not ModelConf.
	Engine Engine
	// KeepReplies is for how long a request that comes again gets the reply that it
	// got; see [Manager.Once]. Default: 24 hours.
	KeepReplies time.Duration
	// KeyLife is how long a service key lasts whose maker does not say. Default: 90
	// days, or MaxKeyLife where that is less.
	KeyLife time.Duration
	// Limits bound what an organisation may hold. Default: see there.
	Limits Limits
	// Logger takes what operators should know. Default: slog.Default().
	Logger *slog.Logger
	// MaxKeyLife is how long a service key may last at most. Default: 366 days.
	MaxKeyLife time.Duration
	// MaxLoaded makes the kit load an organisation when it is first asked for, and
	// keep at most this many, those used last. It must be more than MaxOrgDepth,
	// as an organisation needs its ancestors. Default: 0, everything is loaded by
	// New and kept.
	MaxLoaded int
	// MaxReplies is how many replies are kept for one actor at once. Default: 10,000.
	MaxReplies int
	// MaxStaleness is the age past which [Health] calls the policies stale: for
	// that long, the store could not be asked what changed. It should be several
	// times PollInterval. Default: 0, never.
	MaxStaleness time.Duration
	// Model is the Casbin model that says what rules mean, for those who changed
	// it. It must have the same requests and rules. Default: ModelConf.
	Model string
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
	// Watcher carries the news of changes to other processes and from them.
	// Default: none; changes of others are seen at the next poll.
	Watcher Watcher
}

const (
	defaultKeyLife = 90 * 24 * time.Hour
	// defaultMaxKeyLife is a year, however long that is.
	defaultMaxKeyLife = 366 * 24 * time.Hour
)

// Kit decides and manages. Make one with [New] and share it: it is safe for
// concurrent use.
type Kit struct {
	config  Config
	catalog *Catalog
	store   Store
	memory  *memory
	trust   *trust
	fetches singleflight.Group
	inbox   *inbox
	outbox  outbox
	bundles bundles
	counts  counts
	unread  atomic.Int64 // how often what was committed could not be read since all could; somebody reads until it can
}

// counts are what Stats tells, since the kit was made.
type counts struct {
	polls, failedPolls, loads, heard, told, untold atomic.Int64
}

// New loads every organisation's policy (but see Config.MaxLoaded) and returns a
// kit that decides by them. An organisation with a rule that cannot be read is
// logged, reported by [Kit.Health], and denied; the others load. It fails when the
// store cannot be read at all.
func New(ctx context.Context, store Store, config Config) (*Kit, error) {
	if store == nil {
		return nil, errorf(CodeInvalid, "the store is missing").hint("open one with adapter.Open")
	}
	if err := config.check(); err != nil {
		return nil, err
	}
	config.setDefaults()
	why, err := config.chooseEngine()
	if err != nil {
		return nil, err
	}
	config.Logger.Info("decisions are made by the "+string(config.Engine)+" engine", "because", why)
	k := &Kit{
		config: config, catalog: config.Catalog, store: store,
		memory: newMemory(config),
		trust:  newTrust(config.Clock(), config.MaxStaleness, config.DenyStale),
		inbox:  newInbox(),
	}
	k.memory.kit = k
	if err := k.Refresh(ctx); err != nil {
		return nil, err
	}
	return k, nil
}

func (c *Config) check() error {
	if c.Catalog == nil {
		return errorf(CodeInvalid, "Config.Catalog is missing").hint("parse one with rolekit.ParseCatalog")
	}
	if c.Operators != "" {
		if err := c.Operators.Validate(); err != nil {
			return err
		}
	}
	if c.MaxLoaded != 0 && c.MaxLoaded <= MaxOrgDepth {
		return errorf(CodeInvalid, "Config.MaxLoaded is %d", c.MaxLoaded).
			hint("use 0, for all, or more than %d: an organisation is loaded with its ancestors", MaxOrgDepth)
	}
	if c.DenyStale && c.MaxStaleness <= 0 {
		return errorf(CodeInvalid, "Config.DenyStale needs a MaxStaleness").hint("set Config.MaxStaleness, to 30 seconds for instance")
	}
	if c.KeepReplies < 0 || c.MaxReplies < 0 {
		return errorf(CodeInvalid, "Config.KeepReplies is %s and MaxReplies %d", c.KeepReplies, c.MaxReplies).hint("leave them 0 for 24h and 10000")
	}
	if c.KeyLife < 0 || c.MaxKeyLife < 0 || c.MaxKeyLife > 0 && c.KeyLife > c.MaxKeyLife {
		return errorf(CodeInvalid, "Config.KeyLife is %s and Config.MaxKeyLife %s", c.KeyLife, c.MaxKeyLife).
			hint("leave them 0 for 90 and 366 days, or use times of which the second is not less")
	}
	return c.Catalog.checkAccess(c.Access)
}

func (c *Config) setDefaults() {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.KeepReplies == 0 {
		c.KeepReplies = 24 * time.Hour
	}
	if c.MaxReplies == 0 {
		c.MaxReplies = 10_000
	}
	if c.PollInterval <= 0 {
		c.PollInterval = time.Second
	}
	c.Limits = c.Limits.withDefaults()
	if c.MaxKeyLife == 0 {
		c.MaxKeyLife = max(defaultMaxKeyLife, c.KeyLife)
	}
	if c.KeyLife == 0 {
		c.KeyLife = min(defaultKeyLife, c.MaxKeyLife)
	}
	if c.AwaitTimeout <= 0 {
		c.AwaitTimeout = time.Second
	}
}

// Catalog returns the catalog that the kit was made with.
func (k *Kit) Catalog() *Catalog { return k.catalog }

// lazy reports whether organisations are loaded when they are asked for.
func (k *Kit) lazy() bool { return k.config.MaxLoaded > 0 }

// unavailable keeps an *Error as it is and wraps anything else.
func unavailable(what string, err error) error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return errorf(CodeUnavailable, "%s", what).hint("try again; if it goes on, look at the log").because(err)
}
