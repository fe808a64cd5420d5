package replicatest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// token is sue's, who owns every organisation.
//
//nolint:gochecknoglobals // it is the same for all tests, as the secret is
var token = sync.OnceValues(func() (string, error) {
	claims := jwt.MapClaims{"sub": "sue", "exp": time.Now().Add(24 * time.Hour).Unix()}
	return jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(secret))
})

// client keeps a connection for each goroutine that asks. It waits for longer than
// the kit does for a store that hangs.
//
//nolint:gochecknoglobals // as http.DefaultClient, whose two connections a host are too few
var client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}, Timeout: patience}

// ask sends a request as sue. The error is errAway where no answer came.
func (r *replica) ask(ctx context.Context, method, path, body, atLeast string) (answer, error) {
	bearer, err := token()
	if err != nil {
		return answer{}, err
	}
	r.mu.Lock()
	url := r.url
	r.mu.Unlock()
	request, err := http.NewRequestWithContext(ctx, method, url+path, strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Authorization", "Bearer "+bearer)
	if method == http.MethodDelete || strings.HasSuffix(path, "/permissions") {
		request.Header.Set("If-Match", "*") // whatever others did
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	if atLeast != "" {
		request.Header.Set("If-Revision-At-Least", atLeast)
	}
	response, err := client.Do(request)
	if err != nil {
		return answer{}, fmt.Errorf("%w: %w", errAway, err)
	}
	defer response.Body.Close() //nolint:errcheck // the body was read to its end
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return answer{}, fmt.Errorf("%w: %w", errAway, err)
	}
	return answer{response.StatusCode, response.Header.Get("Revision"), string(text)}, nil
}

// readiness is what the replica says of itself: ready or degraded, or the code of why
// it is neither.
func (r *replica) readiness(ctx context.Context) string {
	a, err := r.ask(ctx, "GET", "/readyz", "", "")
	if err != nil {
		return err.Error()
	}
	var says struct {
		Status any // a number, where it is a problem
		Code   string
	}
	if err := json.Unmarshal([]byte(a.body), &says); err != nil {
		return err.Error()
	}
	if status, ok := says.Status.(string); ok && a.status == http.StatusOK {
		return status
	}
	return says.Code
}
