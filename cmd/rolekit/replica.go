package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit"
)

// replicaFlags are the settings of how one of several replicas keeps up.
type replicaFlags struct {
	poll, stale time.Duration
	deny        bool
	loaded      int
}

func (r *replicaFlags) declare(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.DurationVar(&r.poll, "poll-interval", time.Second, "how often the database is asked what other replicas changed, whatever --watch tells")
	flags.DurationVar(&r.stale, "max-staleness", 30*time.Second,
		"how old what is known of the policies may be, in an outage, before /readyz fails; 0 for any age")
	flags.BoolVar(&r.deny, "deny-stale", false, "refuse decisions too, with 503, while it is older than --max-staleness")
	flags.IntVar(&r.loaded, "max-loaded", 0,
		"`number` of organisations in memory at most, each loaded when it is first asked for; 0 for all, loaded at the start")
}

func (r *replicaFlags) check() error {
	switch {
	case r.poll <= 0:
		return usagef("--poll-interval is %s; use more than 0s", r.poll)
	case r.stale < 0:
		return usagef("--max-staleness is %s; use 0s for any age", r.stale)
	case r.stale > 0 && r.stale < 2*r.poll:
		return usagef("--max-staleness is %s and --poll-interval %s; a poll that fails once must not count as an outage, so use at least %s",
			r.stale, r.poll, 2*r.poll)
	case r.deny && r.stale == 0:
		return usagef("--deny-stale needs a --max-staleness, as in 30s")
	case r.loaded != 0 && r.loaded <= rolekit.MaxOrgDepth:
		return usagef("--max-loaded is %d; use 0 for all, or more than %d: an organisation is loaded with its ancestors", r.loaded, rolekit.MaxOrgDepth)
	}
	return nil
}

func (r *replicaFlags) configure(c *rolekit.Config) {
	c.PollInterval, c.MaxStaleness, c.DenyStale, c.MaxLoaded = r.poll, r.stale, r.deny, r.loaded
}
