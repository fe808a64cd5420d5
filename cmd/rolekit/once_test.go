package main_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rolekit/rolekit/internal/services"
)

// A client that sends a request to two replicas, many times at once, has it done
// once; and so where the one that did it is gone.
func TestARequestThatComesAgainToReplicas(t *testing.T) {
	for name, database := range map[string]func(testing.TB) string{"PostgreSQL": services.Postgres, "MariaDB": services.MariaDB} {
		t.Run(name, func(t *testing.T) {
			p, sue := installed(t, database(t))
			servers := []*server{p.serve(), p.serve()}
			answers := make([]answer, 8)
			var all sync.WaitGroup
			for i := range answers {
				all.Go(func() {
					for late := time.Now().Add(patience); time.Now().Before(late); {
						answers[i] = servers[i%2].send("POST", "/v1/orgs", sue, `{"id":"toms"}`, "Idempotency-Key", `"8e03978e"`)
						if answers[i].status != 409 {
							return
						}
						time.Sleep(20 * time.Millisecond) // as a client does that is told to come again
					}
				})
			}
			all.Wait()
			done := 0
			for _, a := range answers {
				if a.status != 201 || a.body != answers[0].body || a.header.Get("Revision") != answers[0].header.Get("Revision") || a.header.Get("Location") != "/v1/orgs/toms" {
					t.Errorf("%d %s %v", a.status, a.body, a.header)
				}
				if a.header.Get("Idempotency-Replayed") == "" {
					done++
				}
			}
			if done != 1 {
				t.Errorf("%d did it", done)
			}
			third := p.serve("--keep-replies", "1h")
			if a := third.send("POST", "/v1/orgs", sue, `{"id":"toms"}`, "Idempotency-Key", "8e03978e"); a.body != answers[0].body {
				t.Errorf("%d %s", a.status, a.body)
			}
			if a := third.send("POST", "/v1/orgs", sue, `{"id":"toms"}`); a.status != 409 || !strings.Contains(a.body, "already_exists") {
				t.Errorf("without a key: %d %s", a.status, a.body)
			}
		})
	}
}
