// Package services gives tests the databases and brokers that they need: those
// that run already, found by environment variables, and private ones that a
// test may stop and start.
package services

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// A running service answers within milliseconds; a machine that drops packets
// must not hold up every test for a minute.
const patience = 10 * time.Second

// known is what this process found out.
//
//nolint:gochecknoglobals // it is found out once a process, and only a package lives as long as one
var known struct {
	answers sync.Map // of a variable=address: a func() error, so that all who ask at a time wait for one answer
	missing sync.Map // the reasons that stderr was told of
}

// service is one that is found, not started.
type service struct {
	name     string // as people call it
	variable string // of the environment, which says where it is
	address  string // where that says nothing: what .ci/services and compose.yaml serve
	ping     func(ctx context.Context, address string) error
}

// find returns the service's address if it answers there. If not, the test is
// skipped, or fails where CI is true.
func (s service) find(t testing.TB) string {
	t.Helper()
	address := cmp.Or(os.Getenv(s.variable), s.address)
	answer, _ := known.answers.LoadOrStore(s.variable+"="+address, sync.OnceValue(func() error { return s.ask(address) }))
	if err := answer.(func() error)(); err != nil { //nolint:forcetypeassert // nothing else is stored
		missing(t, err.Error())
	}
	return address
}

func (s service) ask(address string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	err := s.ping(ctx, address)
	if err == nil {
		return nil
	}
	where := "at " + address
	if address != s.address {
		where = "where " + s.variable + " says" // which may hold a password
	}
	cause := strings.Join(strings.Fields(err.Error()), " ") // pgx writes several lines
	return fmt.Errorf("%s does not answer %s (%s): start it with make services, or say in %s where it is", s.name, where, cause, s.variable)
}

// missing ends a test that cannot run here. Stderr is told, once: without -v, go
// test does not show that a test was skipped, and nobody would notice.
func missing(t testing.TB, why string) {
	t.Helper()
	if _, said := known.missing.LoadOrStore(why, true); !said {
		fmt.Fprintln(os.Stderr, "services:", why)
	}
	if ci, err := strconv.ParseBool(os.Getenv("CI")); ci && err == nil {
		t.Fatal(why)
	}
	t.Skip(why)
}
