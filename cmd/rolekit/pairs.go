package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/pflag"
)

// pairs are the values of a flag that says what becomes what: A=B,C=D, once or several
// times. It refuses to have one thing become two.
type pairs map[string]string

var _ pflag.Value = pairs{}

// Set implements [pflag.Value].
func (p pairs) Set(text string) error {
	for pair := range strings.SplitSeq(text, ",") {
		from, to, ok := strings.Cut(pair, "=")
		from, to = strings.TrimSpace(from), strings.TrimSpace(to)
		switch before, there := p[from]; {
		case !ok || from == "" || to == "":
			return fmt.Errorf("%q is no pair; write OLD=NEW", pair)
		case there && before != to:
			return fmt.Errorf("%q cannot become both %q and %q", from, before, to)
		}
		p[from] = to
	}
	return nil
}

// String implements [pflag.Value].
func (p pairs) String() string {
	var all []string
	for _, from := range slices.Sorted(maps.Keys(p)) {
		all = append(all, from+"="+p[from])
	}
	return strings.Join(all, ",")
}

// Type implements [pflag.Value].
func (p pairs) Type() string { return "pairs" }
