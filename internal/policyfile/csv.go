package policyfile

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/rolekit/rolekit"
)

// MaxCSV is how many bytes of Casbin's CSV are read: all of it is held at once, as
// its lines may come in any order.
const MaxCSV = 256 << 20

// WriteCSV writes contents as lines of Casbin's CSV, in the shape of model.conf.
func WriteCSV(w io.Writer, c rolekit.Contents) error {
	for _, rule := range c.Rules() {
		n := len(rule.V)
		for n > 0 && rule.V[n-1] == "" {
			n--
		}
		fields := append([]string{rule.Ptype}, rule.V[:n]...)
		for i, field := range fields {
			fields[i] = quoted(field)
		}
		if _, err := io.WriteString(w, strings.Join(fields, ", ")+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// quoted returns a field as Casbin reads it back.
func quoted(field string) string {
	if strings.ContainsAny(field, `,"#`) {
		return `"` + strings.ReplaceAll(field, `"`, `""`) + `"`
	}
	return field
}

// ReadCSV reads lines of Casbin's CSV in the shape of model.conf, as Casbin does:
// a line begins with its type, spaces before a field do not count, and what begins
// with # is a comment.
func ReadCSV(name string, r io.Reader) ([]Entry, error) {
	rules, places, err := readRules(name, r)
	if err != nil {
		return nil, err
	}
	all, err := rolekit.ContentsOf(rules)
	if err != nil {
		known, ok := errors.AsType[*rolekit.Error](err)
		if !ok {
			return nil, err
		}
		lines := make([]string, len(known.Parts))
		for i, p := range known.Parts {
			var at int
			if _, err := fmt.Sscan(p.At, &at); err != nil {
				return nil, err
			}
			lines[i] = fmt.Sprintf("%s:%d: %s: %s", name, places[at], rules[at], p.Err.Message)
			if p.Err.Hint != "" {
				lines[i] += "; " + p.Err.Hint
			}
		}
		return nil, invalid("%s", strings.Join(lines, "\n"))
	}
	entries := make([]Entry, len(all))
	for i, c := range all {
		entries[i] = Entry{c, csvPlaces(name, c.ID, rules, places)}
	}
	return entries, nil
}

func readRules(name string, r io.Reader) (rules []rolekit.Rule, places []int, err error) {
	all := lines{r: bufio.NewReaderSize(r, 1<<16)}
	size := 0
	for {
		text, err := all.next()
		if errors.Is(err, io.EOF) {
			return rules, places, nil
		}
		if err != nil {
			return nil, nil, invalid("%s:%d: %s", name, all.n, err)
		}
		if size += len(text); size > MaxCSV {
			return nil, nil, invalid("%s:%d: the file has more than %d bytes", name, all.n, MaxCSV)
		}
		line := strings.TrimSpace(string(text))
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		rule, err := parseLine(line)
		if err != nil {
			return nil, nil, invalid("%s:%d: %s", name, all.n, err)
		}
		rules, places = append(rules, rule), append(places, all.n)
	}
}

func parseLine(line string) (rule rolekit.Rule, err error) {
	r := csv.NewReader(strings.NewReader(line))
	r.TrimLeadingSpace = true
	fields, err := r.Read()
	if err != nil {
		if e, ok := errors.AsType[*csv.ParseError](err); ok {
			err = e.Err
		}
		return rule, fmt.Errorf("the line is not CSV: %w", err)
	}
	if len(fields) > 1+len(rule.V) {
		return rule, fmt.Errorf("it has %d fields; a rule has %d at most", len(fields)-1, len(rule.V))
	}
	rule.Ptype = fields[0]
	copy(rule.V[:], fields[1:])
	return rule, nil
}

// csvPlaces returns what finds the first rule of an organisation that says what a
// path leads to; the organisation's first where none does.
func csvPlaces(name string, org rolekit.OrgID, rules []rolekit.Rule, places []int) func(path string) string {
	return func(path string) string {
		line := 0
		is := saysWhat(path)
		for i, rule := range rules {
			if rule.Org() != org {
				continue
			}
			if is(rule) {
				line = places[i]
				break
			}
			if line == 0 {
				line = places[i]
			}
		}
		return fmt.Sprintf("%s:%d", name, line)
	}
}

// saysWhat returns which rules say what a path of contents leads to.
func saysWhat(path string) func(rolekit.Rule) bool {
	kind, rest, _ := strings.Cut(path, "/")
	id, rest, _ := strings.Cut(rest, "/")
	part, rest, deep := strings.Cut(rest, "/")
	switch kind {
	case "roles", "baseline":
		return func(r rolekit.Rule) bool {
			grant := r.V[3] + ":" + r.V[4] + " " + r.V[5]
			return isNamed(r.V[0], map[string]string{"roles": "role:", "baseline": "profile:"}[kind], id) && (!deep || part != "grants" || grant == rest)
		}
	case "groups", "sets":
		whole, inner := "group:", map[string]string{"users": "user:", "groups": "group:"}[part]
		if kind == "sets" {
			whole, inner = "set:", "resource:"
		}
		return func(r rolekit.Rule) bool {
			return isNamed(r.V[1], whole, id) && (!deep || isNamed(r.V[0], inner, rest))
		}
	case "members", "assignments":
		_, who, _ := strings.Cut(path, "/")
		return saysWhoHas(who, kind == "assignments")
	}
	return func(rolekit.Rule) bool { return false }
}

// saysWhoHas returns which rules give somebody something; of an assignment, the role
// that stands behind who has it.
func saysWhoHas(who string, assigned bool) func(rolekit.Rule) bool {
	role := ""
	if i := strings.LastIndex(who, " "); assigned && i >= 0 {
		who, role = who[:i], who[i+1:]
	}
	return func(r rolekit.Rule) bool {
		return isNamed(r.V[0], "user:", who) && (role == "" || r.V[1] == "role:"+role)
	}
}

// isNamed reports whether a rule's field is of that name. Who has something is a user's
// id, or is spelled as rules spell it: group:cooks.
func isNamed(v, prefix, name string) bool {
	return v == prefix+name || prefix == "user:" && v == name
}
