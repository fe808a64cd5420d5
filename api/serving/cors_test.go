package serving_test

import (
	"strings"
	"testing"

	"github.com/rolekit/rolekit/api/serving"
)

const ours, theirs = "https://admin.example", "https://evil.example"

// shared returns what CORS headers a reply has.
func shared(a answer) string {
	var names []string
	for name, values := range a.header {
		if strings.HasPrefix(name, "Access-Control-") {
			names = append(names, name+": "+strings.Join(values, ", "))
		}
	}
	return strings.Join(names, "; ")
}

func preflight(origin, method, headers string) []string {
	all := []string{"Origin: " + origin, "Access-Control-Request-Method: " + method}
	if headers != "" {
		all = append(all, "Access-Control-Request-Headers: "+headers)
	}
	return all
}

func TestCORSIsOffUnlessConfigured(t *testing.T) {
	s := newSite(t, serving.Config{})
	for _, origin := range []string{ours, theirs, s.url, "null"} {
		if a := s.want(200, "GET", "/things/1", "Origin: "+origin); shared(a) != "" {
			t.Errorf("%s is told %s", origin, shared(a))
		}
		if a := s.want(404, "OPTIONS", "/healthz", preflight(origin, "GET", "authorization")...); shared(a) != "" {
			t.Errorf("%s is told before: %s", origin, shared(a))
		}
	}
}

func TestCORS(t *testing.T) {
	s := newSite(t, serving.Config{Origins: []string{ours, "http://localhost:5173"}})
	for name, test := range map[string]struct {
		headers []string
		allowed bool
	}{
		"ours":               {preflight(ours, "PUT", "authorization,content-type,if-match"), true},
		"ours, on a laptop":  {preflight("http://localhost:5173", "DELETE", "authorization"), true},
		"theirs":             {preflight(theirs, "PUT", "authorization"), false},
		"another port":       {preflight(ours+":8443", "PUT", ""), false},
		"not encrypted":      {preflight("http://admin.example", "PUT", ""), false},
		"a name around ours": {preflight(ours+".evil.example", "PUT", ""), false},
		"a name below ours":  {preflight("https://x.admin.example", "PUT", ""), false},
		"any page":           {preflight("null", "PUT", ""), false},
		"another method":     {preflight(ours, "TRACE", ""), false},
		"another header":     {preflight(ours, "PUT", "authorization,cookie"), false},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.want(204, "OPTIONS", "/healthz", test.headers...)
			origin := strings.TrimPrefix(test.headers[0], "Origin: ")
			if got := a.header.Get("Access-Control-Allow-Origin"); test.allowed && got != origin || !test.allowed && shared(a) != "" {
				t.Errorf("told %s", shared(a))
			}
			if a.header.Get("Access-Control-Allow-Credentials") != "" || a.header.Get("X-Request-ID") == "" {
				t.Errorf("%v", a.header)
			}
		})
	}
	a := s.want(200, "GET", "/things/1", "Origin: "+ours)
	if a.header.Get("Access-Control-Allow-Origin") != ours || !strings.Contains(a.header.Get("Access-Control-Expose-Headers"), "Revision") || a.body != "thing" {
		t.Errorf("the request itself: %v %s", a.header, a.body)
	}
	if vary := strings.Join(a.header.Values("Vary"), ", "); !strings.Contains(vary, "Origin") {
		t.Errorf("Vary is %q", vary)
	}
	if a := s.want(200, "GET", "/things/1", "Origin: "+theirs); shared(a) != "" {
		t.Errorf("the request of others: %s", shared(a))
	}
	if a := s.want(200, "OPTIONS", "/things/1"); a.body != "thing" {
		t.Errorf("OPTIONS that is no preflight: %s", a.body)
	}
}
