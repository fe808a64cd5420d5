package api_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/rolekit/rolekit/api"
	"github.com/rolekit/rolekit/internal/problem"
)

// The page shows all that the document has, to whoever asks.
func TestTheReferenceIsWhole(t *testing.T) {
	w := newWorld(t)
	a := w.ask(nobody, "GET /docs", "")
	if a.status != http.StatusOK || a.header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Fatalf("%d %s", a.status, a.header.Get("Content-Type"))
	}
	d, err := served()
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range d.Operations {
		for _, part := range []string{`id="` + o.ID + `"`, `<code>` + o.Path + `</code>`} {
			if !strings.Contains(a.body, part) {
				t.Errorf("%s: the page lacks %s", o.ID, part)
			}
		}
	}
	for _, name := range d.Schemas() {
		if !strings.Contains(a.body, `id="schema-`+name+`"`) {
			t.Errorf("the page lacks the schema %s", name)
		}
	}
	for _, k := range problem.Kinds() {
		if !strings.Contains(a.body, "<code>"+string(k.Code)+"</code>") {
			t.Errorf("the page lacks the code %s", k.Code)
		}
	}
	ids := regexp.MustCompile(` id="([^"]+)"`).FindAllStringSubmatch(a.body, -1)
	seen := map[string]bool{}
	for _, id := range ids {
		if seen[id[1]] {
			t.Errorf("two elements have the id %s", id[1])
		}
		seen[id[1]] = true
	}
	for _, to := range regexp.MustCompile(`(?:href="#|aria-labelledby=")([^"]+)"`).FindAllStringSubmatch(a.body, -1) {
		if !seen[to[1]] {
			t.Errorf("nothing has the id %s", to[1])
		}
	}
}

// It works without a network: it names nothing but itself and the document, and
// would not be let to load anything.
func TestTheReferenceNeedsNothingFromElsewhere(t *testing.T) {
	a := newWorld(t).ask(nobody, "GET /docs", "")
	for _, m := range regexp.MustCompile(`(?i)\b(href|src|srcset|action|data|poster|background)\s*=\s*["']?([^"'\s>]*)`).FindAllStringSubmatch(a.body, -1) {
		if !strings.HasPrefix(m[2], "#") && m[2] != "openapi.json" {
			t.Errorf("it leads elsewhere: %s", m[0])
		}
	}
	for _, unwanted := range []string{"<script", "<link", "<img", "<iframe", "url(", "@import", "javascript:", `="//`, " style=", " onclick"} {
		if strings.Contains(strings.ToLower(a.body), unwanted) {
			t.Errorf("it has %s", unwanted)
		}
	}
	for name, want := range map[string]string{
		"Content-Security-Policy": `^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/]{43}='; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$`,
		"X-Content-Type-Options":  "^nosniff$", "Referrer-Policy": "^no-referrer$", "Cache-Control": "^no-cache$",
	} {
		if !regexp.MustCompile(want).MatchString(a.header.Get(name)) {
			t.Errorf("%s: %q", name, a.header.Get(name))
		}
	}
	if len(a.body) > 500_000 {
		t.Errorf("%d bytes", len(a.body))
	}
}

// What an application calls its API is text, not HTML.
func TestTheReferenceIsEscaped(t *testing.T) {
	w := serve(t, settled(t), api.Config{Title: "<script>alert(1)</script>"}, func(*gin.Engine) {})
	a := w.ask(nobody, "GET /docs", "")
	if strings.Contains(a.body, "<script") || !strings.Contains(a.body, "&lt;script&gt;") {
		t.Error("the title is HTML")
	}
}

func TestTheReferenceCanBeLeftOut(t *testing.T) {
	w := serve(t, settled(t), api.Config{NoReference: true}, func(*gin.Engine) {})
	if a := w.ask(nobody, "GET /docs", ""); a.status != http.StatusNotFound {
		t.Errorf("%d", a.status)
	}
	if a := w.ask(nobody, "GET /openapi.json", ""); a.status != http.StatusOK {
		t.Errorf("the document: %d", a.status)
	}
}
