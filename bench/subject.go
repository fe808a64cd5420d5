package main

import (
	"context"
	"time"
)

// subject is one way to answer.
type subject interface {
	// ask answers the questions one after the other, and returns how many were
	// allowed. Several goroutines may call it at once, though not while roles are
	// given or taken.
	ask(questions []question) (allowed int, err error)
	// open makes an organisation ready for edits, where that is no cost of the
	// subject's own.
	open(ctx context.Context, org string) error
	// assign gives a user one more role.
	assign(ctx context.Context, org, user string, role int) error
	// revoke takes it from them.
	revoke(ctx context.Context, org, user string, role int) error
	// elsewhere returns how much time all calls have spent in what is not the
	// subject's own: a database's stand-in.
	elsewhere() time.Duration
}

// key names a subject on the command line.
type key string

// The subjects.
const (
	floorKey   key = "floor"
	kitKey     key = "kit"
	kitSlowKey key = "kit-casbin"
	plainKey   key = "casbin"
	perOrgKey  key = "casbin-org"
	cachedKey  key = "casbin-cached"
)

// keys are the subjects in the order of the tables.
func keys() []key { return []key{floorKey, kitKey, kitSlowKey, plainKey, perOrgKey, cachedKey} }

// String names a subject for people.
func (k key) String() string {
	return map[key]string{
		floorKey:   "the floor: maps and bits, by hand",
		kitKey:     "kit, compiled",
		kitSlowKey: "kit, on Casbin",
		plainKey:   "Casbin, one enforcer",
		perOrgKey:  "Casbin, one an organisation",
		cachedKey:  "Casbin, cached, hot",
	}[k]
}

// inProcess is of a subject that has no database.
type inProcess struct{}

func (inProcess) open(context.Context, string) error { return nil }
func (inProcess) elsewhere() time.Duration           { return 0 }
