package rolekit

import "time"

// Health is how well the kit can decide.
type Health struct {
	// Synced is when the last reading of the store that succeeded began: what was
	// committed before is known.
	Synced time.Time
	// Age is how long ago that was.
	Age time.Duration
	// Limit is Config.MaxStaleness; 0 for none.
	Limit time.Duration
	// Stale says that Age is past the Limit, where there is one.
	Stale bool
	// StoreError is why the last attempt to read it failed; nil when it did not.
	StoreError error
	// Broken are the organisations that cannot be decided in, with the cause.
	Broken map[OrgID]error
}

// Health reports how well the kit can decide.
func (k *Kit) Health() Health {
	synced, err := k.trust.state()
	age := max(0, k.config.Clock().Sub(synced))
	limit := k.config.MaxStaleness
	return Health{Synced: synced, Age: age, Limit: limit, Stale: limit > 0 && age > limit, StoreError: err, Broken: k.memory.brokenOrgs()}
}

// Stats are what a kit counts from its making on, for metrics.
type Stats struct {
	Age         time.Duration // how long ago the last reading of the store that succeeded began
	Loaded      int           // organisations in memory
	Broken      int           // organisations that cannot be decided in
	Polls       int64         // how often the store was asked what changed
	FailedPolls int64         // of those
	Loads       int64         // organisations read from the store
	Heard       int64         // messages of the watcher
	Told        int64         // messages to it
	Untold      int64         // messages that it did not take
}

// Stats returns what was counted so far.
func (k *Kit) Stats() Stats {
	h := k.Health()
	return Stats{
		Age: h.Age, Loaded: len(k.memory.loaded()), Broken: len(h.Broken),
		Polls: k.counts.polls.Load(), FailedPolls: k.counts.failedPolls.Load(), Loads: k.counts.loads.Load(),
		Heard: k.counts.heard.Load(), Told: k.counts.told.Load(), Untold: k.counts.untold.Load(),
	}
}
