package rolekit

import (
	"fmt"
	"slices"
	"sync"
	"testing"
)

// TestBasesAreShared: what many decisions were made by is made once, few are kept,
// and none of a moment that is over.
func TestBasesAreShared(t *testing.T) {
	t.Parallel()
	var s snapshot
	s.basis.snap = &s
	if s.basisOf(nil, 0) != &s.basis || s.others.Load() != nil {
		t.Error("the common case is not the snapshot's own")
	}
	both := s.basisOf([]Access{AccessTeam, AccessOwn}, 0)
	if s.basisOf([]Access{AccessTeam, AccessOwn}, 0) != both {
		t.Error("the same is made twice")
	}
	now := s.basisOf(nil, 100)
	if now == &s.basis || now.at != 100 || s.basisOf(nil, 100) != now || s.basisOf([]Access{AccessOwn}, 100) == now {
		t.Error("what time plays a part in is not told apart")
	}
	s.basisOf(nil, 101)
	if slices.Contains(*s.others.Load(), now) || !slices.Contains(*s.others.Load(), both) {
		t.Error("a moment that is over is kept, or what knows none is not")
	}
	var wait sync.WaitGroup
	for i := range 4 {
		wait.Go(func() {
			for j := range 40 {
				set := []Access{Access(fmt.Sprintf("set:s%d", (i+j)%40))}
				if b := s.basisOf(set, 0); b.snap != &s || !slices.Equal(b.accesses, set) {
					t.Errorf("%v: %+v", set, b)
				}
			}
		})
	}
	wait.Wait()
	if kept := len(*s.others.Load()); kept != mostBases {
		t.Errorf("%d are kept, want %d", kept, mostBases)
	}
}

// TestNumbersFit: the largest that a catalog may have come back as they were.
func TestNumbersFit(t *testing.T) {
	t.Parallel()
	for _, permission := range []int{0, 1, maxPermissions - 1} {
		for _, profile := range []int{-1, 0, maxProfiles - 1} {
			if n := numbersOf(permission, profile); n.permission() != permission || n.profile() != profile {
				t.Errorf("%d and %d came back as %d and %d", permission, profile, n.permission(), n.profile())
			}
		}
	}
}
