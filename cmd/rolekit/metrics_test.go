package main_test

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// scrape returns what the server tells Prometheus.
func (s *server) scrape() string {
	s.t.Helper()
	var at struct{ Address string }
	for line := range strings.Lines(s.logged()) {
		if strings.Contains(line, `"msg":"metrics"`) {
			if err := json.Unmarshal([]byte(line), &at); err != nil {
				s.t.Fatal(err)
			}
		}
	}
	response, err := http.Get("http://" + at.Address + "/metrics") //nolint:noctx // the test's own server
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close() //nolint:errcheck // it is read to its end
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		s.t.Fatal(response.StatusCode, err)
	}
	return string(body)
}

// What the API decides and answers is counted, and no client can make up a series.
func TestMetricsOfRequestsAndDecisions(t *testing.T) {
	p, sue := seeded(t)
	s := p.serve("--metrics-listen", "127.0.0.1:0")
	const check, many = "/v1/orgs/ops/check", "/v1/check"
	s.want(200, `"allowed":true`, "POST", check, sue, `{"user":"sue","permission":"invoices:read"}`)
	s.want(200, `"allowed":false`, "POST", check, sue, `{"user":"ada","permission":"invoices:read"}`)
	s.want(422, "", "POST", check, sue, `{"user":"ada","permission":"nothing:read"}`)
	s.want(200, "", "POST", many, sue, `{"questions":[{"org":"ops","user":"sue","permission":"invoices:read"},{"org":"ops","user":"sue","permission":"invoices:write"}]}`)
	s.ask("HUNTER2", "/v1/hunter2", sue, "")
	s.ask("GET", "/v1/hunter2?x=hunter2", sue, "")
	s.ask("GET", "/v1/orgs/hunter2", sue, "")
	body := s.scrape()
	for _, want := range []string{
		`rolekit_decisions_total{result="allowed"} 3`, `rolekit_decisions_total{result="denied"} 1`,
		`rolekit_decisions_total{result="invalid"} 1`, `rolekit_decisions_total{result="failed"} 0`, `rolekit_decision_duration_seconds_count 5`,
		`rolekit_http_request_duration_seconds_count{code="200",method="POST",route="/v1/orgs/:org/check"} 2`,
		`rolekit_http_request_duration_seconds_count{code="422",method="POST",route="/v1/orgs/:org/check"} 1`,
		`rolekit_http_request_duration_seconds_count{code="40[45]",method="OTHER",route="none"} 1`,
		`rolekit_http_request_duration_seconds_count{code="404",method="GET",route="none"} 1`,
		`rolekit_policy_age_seconds .*`, `rolekit_loads_total .*`, `rolekit_polls_total{result="ok"} .*`,
	} {
		if !regexp.MustCompile(`(?m)^` + want + `$`).MatchString(body) {
			t.Errorf("there is no line %s", want)
		}
	}
	if t.Failed() || strings.Contains(strings.ToLower(body), "hunter2") {
		t.Errorf("it tells:\n%s", body)
	}
}
