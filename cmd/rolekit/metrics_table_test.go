package main_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// docs/serving.md has a table of all metrics, with their kinds and labels. It is what
// a server exports that was asked something.
func TestMetricsAreDocumented(t *testing.T) {
	p, sue := seeded(t)
	s := p.serve("--metrics-listen", "127.0.0.1:0")
	s.want(200, `"allowed":true`, "POST", "/v1/orgs/ops/check", sue, `{"user":"sue","permission":"invoices:read"}`)
	page, err := os.ReadFile("../../docs/serving.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for _, row := range regexp.MustCompile("(?m)^\\| `(rolekit_\\w+)` \\| (\\w+) \\|([^|]*)\\|").FindAllStringSubmatch(string(page), -1) {
		labels := regexp.MustCompile("`(\\w+)`").FindAllStringSubmatch(row[3], -1)
		names := make([]string, len(labels))
		for i, label := range labels {
			names[i] = label[1]
		}
		slices.Sort(names)
		documented = append(documented, row[1]+" "+row[2]+" "+strings.Join(names, " "))
	}
	if diff := cmp.Diff(exported(s.scrape()), documented); diff != "" || len(documented) < 9 {
		t.Errorf("exported (-) and documented (+):\n%s", diff)
	}
}

// exported returns the kit's metrics of a scrape as "name kind labels", sorted.
func exported(scrape string) []string {
	var all []string
	for _, family := range regexp.MustCompile(`(?m)^# TYPE (rolekit_\w+) (\w+)$`).FindAllStringSubmatch(scrape, -1) {
		labels := map[string]bool{}
		sample := regexp.MustCompile(`(?m)^` + family[1] + `(?:_bucket|_count|_sum)?(?:\{([^}\n]*)\})? `)
		for _, line := range sample.FindAllStringSubmatch(scrape, -1) {
			for _, label := range regexp.MustCompile(`(\w+)="`).FindAllStringSubmatch(line[1], -1) {
				labels[label[1]] = label[1] != "le" // that is how Prometheus spells a histogram
			}
		}
		var names []string
		for name, counts := range labels {
			if counts {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		all = append(all, family[1]+" "+family[2]+" "+strings.Join(names, " "))
	}
	slices.Sort(all)
	return all
}
