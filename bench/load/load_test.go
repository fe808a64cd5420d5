package main

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rolekit/rolekit/internal/services"
)

// TestATinyRun measures everything for a moment, and looks at what it writes.
func TestATinyRun(t *testing.T) {
	t.Parallel()
	to := filepath.Join(t.TempDir(), "load.md")
	var out, told bytes.Buffer
	err := run(t.Context(), []string{"-sizes", "S", "-for", "300ms", "-requests", "200", "-workers", "2", "-postgres=" + services.Postgres(t), "-o", to}, &out, &told)
	if err != nil {
		t.Fatalf("%v\n%s", err, told.String())
	}
	b, err := os.ReadFile(to) //nolint:gosec // the test's own
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b, out.Bytes()) {
		t.Error("the file holds something else than the terminal")
	}
	for _, name := range []string{"the kit", "plain Casbin"} {
		for _, what := range []string{"checks", "checks, while roles are edited", "edits of a role, each followed by two checks"} {
			if !regexp.MustCompile(`\| ` + name + ` \| ` + what + ` \| \d+ \|( [\d.]+ [µm]?s \|){5} \d+ \| 0 \|`).Match(b) {
				t.Errorf("there are no figures for %s of %s:\n%s", what, name, b)
			}
		}
	}
	if strings.Contains(string(b), "postgres://") {
		t.Error("the report tells where the database was")
	}
}

// TestAWrongAnswerEndsTheRun: figures of an application that answers wrongly are of
// no use.
func TestAWrongAnswerEndsTheRun(t *testing.T) {
	t.Parallel()
	o := &options{workers: 2, phase: time.Second, requests: 100, told: &bytes.Buffer{}}
	s := sizes()[0]
	for name, status := range map[string]int{"allows everything": http.StatusNoContent, "allows nothing": http.StatusForbidden} {
		sub := &subject{
			name: name, edit: editPlainly,
			handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }),
		}
		if _, err := sub.measure(t.Context(), o, s); !errors.Is(err, errWrong) {
			t.Errorf("one that %s: %v", name, err)
		}
	}
}

// TestAnEditMustBeFelt: one that answers checks rightly and edits nothing.
func TestAnEditMustBeFelt(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/reports") || r.Method == http.MethodPut {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.WriteHeader(http.StatusForbidden)
	}))
	t.Cleanup(server.Close)
	c := &caller{client: server.Client(), url: server.URL}
	if _, err := c.editAll(t.Context(), &subject{edit: editPlainly}, sizes()[0]); !errors.Is(err, errWrong) {
		t.Errorf("it ended with %v", err)
	}
}

// TestQuestionsAreTheSame each time, and of both answers.
func TestQuestionsAreTheSame(t *testing.T) {
	t.Parallel()
	s := sizes()[1]
	one, two, other := s.questions(1, 1000), s.questions(1, 1000), s.questions(2, 1000)
	answers, differ := map[int]int{}, 0
	for i := range one {
		if one[i] != two[i] {
			t.Fatalf("question %d is %v, and then %v", i, one[i], two[i])
		}
		if one[i] != other[i] {
			differ++
		}
		answers[one[i].want]++
	}
	if answers[http.StatusNoContent] < 200 || answers[http.StatusForbidden] < 200 || differ < 900 {
		t.Errorf("answers %v, and %d differ by another seed", answers, differ)
	}
}

func TestFlags(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-sizes", "XXL"}, {"-workers", "0"}, {"-for", "0s"}, {"-requests", "0"}, {"more"}, {"-nonsense"}} {
		if _, err := parse(args, &bytes.Buffer{}); err == nil {
			t.Errorf("%q is accepted", args)
		}
	}
}
