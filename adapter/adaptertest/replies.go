package adaptertest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rolekit/rolekit"
)

func replyTests() []storeTest {
	return []storeTest{
		{"replies come back as they were, by owner and name", replies},
		{"replies that are too old go, the oldest first", oldReplies},
		{"replies go with the organisation that they are about", repliesOfOrgs},
		{"of many who insert one reply, one does", oneInserts},
		{"a reply that is locked stays as it is", lockedReply},
	}
}

// replyNames are those of the replies, all of user:ada, that tests write.
func replyNames() []string { return []string{"fresh", "kept", "gone", "old", "jacks"} }

func replyOf(t testing.TB, s rolekit.Store, owner, name string) (found rolekit.Reply, there bool) {
	t.Helper()
	view(t, s, func(r rolekit.Reader) (err error) {
		found, there, err = r.Reply(t.Context(), owner, name)
		return err
	})
	return found, there
}

func replies(t *testing.T, s rolekit.Store) {
	one := rolekit.Reply{
		Owner: "user:ada", Name: "1", Request: strings.Repeat("f", 64), Turn: strings.Repeat("t", 32), Org: "tom", At: time.Unix(1_800_000_000, 0).UTC(),
	}
	other := one
	other.Owner, other.Body = "user:Ada", "“Zoë” 🌱 \\ ' \" %"
	update(t, s, func(w rolekit.Writer) error {
		return errors.Join(w.InsertReply(t.Context(), one), w.InsertReply(t.Context(), other))
	})
	err := s.Update(t.Context(), func(w rolekit.Writer) error { return w.InsertReply(t.Context(), one) })
	isError(t, "a second one of the name", err, rolekit.ErrExists)
	for _, want := range []rolekit.Reply{one, other} {
		got, there := replyOf(t, s, want.Owner, want.Name)
		same(t, "the reply", want, got)
		if !there {
			t.Error("it is not there")
		}
	}
	for _, absent := range [][2]string{{"user:ada", "2"}, {"user:ada", "1 "}, {"user:ada ", "1"}, {"user:eve", "1"}, {"user:ADA", "1"}} {
		if got, there := replyOf(t, s, absent[0], absent[1]); there || got != (rolekit.Reply{}) {
			t.Errorf("%q: %+v", absent, got)
		}
	}
	one.Turn, one.Body, one.At, one.Org, one.Request = "", strings.Repeat("x", 1<<20), one.At.Add(time.Hour), "", "g"
	update(t, s, func(w rolekit.Writer) error {
		return errors.Join(w.UpdateReply(t.Context(), one), w.UpdateReply(t.Context(), rolekit.Reply{Owner: "user:ada", Name: "absent"}))
	})
	got, _ := replyOf(t, s, "user:ada", "1")
	same(t, "the reply after a change", one, got)
	got, _ = replyOf(t, s, "user:Ada", "1")
	same(t, "the other's", other, got)
	view(t, s, func(r rolekit.Reader) error {
		for owner, want := range map[string]int{"user:ada": 1, "user:Ada": 1, "user:eve": 0} {
			if n, err := r.CountReplies(t.Context(), owner); n != want || err != nil {
				t.Errorf("%s has %d, %v; want %d", owner, n, err, want)
			}
		}
		return nil
	})
	update(t, s, func(w rolekit.Writer) error {
		return errors.Join(w.DeleteReply(t.Context(), "user:ada", "1"), w.DeleteReply(t.Context(), "user:ada", "absent"))
	})
	if _, there := replyOf(t, s, "user:ada", "1"); there {
		t.Error("it is there after its deletion")
	}
	if _, there := replyOf(t, s, "user:Ada", "1"); !there {
		t.Error("the other's is not there any more")
	}
}

func oldReplies(t *testing.T, s rolekit.Store) {
	update(t, s, func(w rolekit.Writer) error {
		var errs []error
		for i := range 6 {
			errs = append(errs, w.InsertReply(t.Context(), rolekit.Reply{Owner: "user:ada", Name: strconv.Itoa(i), At: time.Unix(int64(100+i), 0)}))
		}
		return errors.Join(errs...)
	})
	for _, step := range []struct {
		before int64
		most   int
		left   string
	}{{100, 10, "[0 1 2 3 4 5]"}, {104, 3, "[3 4 5]"}, {104, 3, "[4 5]"}, {104, 3, "[4 5]"}} {
		update(t, s, func(w rolekit.Writer) error {
			return w.DeleteRepliesBefore(t.Context(), time.Unix(step.before, 0), step.most)
		})
		left := []int{}
		for i := range 6 {
			if _, there := replyOf(t, s, "user:ada", strconv.Itoa(i)); there {
				left = append(left, i)
			}
		}
		if got := fmt.Sprint(left); got != step.left {
			t.Errorf("before %d, at most %d: %s are left, want %s", step.before, step.most, got, step.left)
		}
	}
}

func repliesOfOrgs(t *testing.T, s rolekit.Store) {
	insert(t, s, "tom", "jack")
	update(t, s, func(w rolekit.Writer) error {
		return errors.Join(
			w.InsertReply(t.Context(), rolekit.Reply{Owner: "user:ada", Name: "toms", Org: "tom"}),
			w.InsertReply(t.Context(), rolekit.Reply{Owner: "user:ada", Name: "jacks", Org: "jack"}),
			w.InsertReply(t.Context(), rolekit.Reply{Owner: "user:ada", Name: "none"}),
		)
	})
	in(t, s, "tom", func(ctx context.Context, w rolekit.Writer) error { return w.DeleteOrg(ctx, "tom") })
	for name, want := range map[string]bool{"toms": false, "jacks": true, "none": true} {
		if _, there := replyOf(t, s, "user:ada", name); there != want {
			t.Errorf("%s is there: %v", name, there)
		}
	}
}

func oneInserts(t *testing.T, s rolekit.Store) {
	const writers = 8
	errs := make([]error, writers)
	together(t, writers, func(i int) error {
		errs[i] = s.Update(t.Context(), func(w rolekit.Writer) error {
			return w.InsertReply(t.Context(), rolekit.Reply{Owner: "user:ada", Name: "one", Turn: strconv.Itoa(i)})
		})
		return nil
	})
	done := 0
	for i, err := range errs {
		got, _ := replyOf(t, s, "user:ada", "one")
		switch {
		case err == nil:
			done++
			if got.Turn != strconv.Itoa(i) {
				t.Errorf("%d inserted it, and it is %s's", i, got.Turn)
			}
		case !errors.Is(err, rolekit.ErrExists):
			t.Errorf("refused by %v", err)
		}
	}
	if done != 1 {
		t.Errorf("%d inserted it", done)
	}
}

// lockedReply counts by reading and writing back.
func lockedReply(t *testing.T, s rolekit.Store) {
	update(t, s, func(w rolekit.Writer) error {
		return w.InsertReply(t.Context(), rolekit.Reply{Owner: "user:ada", Name: "count"})
	})
	const writers, steps = 6, 8
	together(t, writers, func(int) error {
		for range steps {
			err := s.Update(t.Context(), func(w rolekit.Writer) error {
				r, _, err := w.LockReply(t.Context(), "user:ada", "count")
				if err != nil {
					return err
				}
				r.Body += "."
				return w.UpdateReply(t.Context(), r)
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if got, _ := replyOf(t, s, "user:ada", "count"); len(got.Body) != writers*steps {
		t.Errorf("%d steps left %d", writers*steps, len(got.Body))
	}
}
