package plaincasbin

import (
	"fmt"
	"slices"
	"strings"
)

// grant is what a p row says.
type grant struct {
	row                Row
	sub, dom, obj, act string
	denies             bool
}

// link is what a g row says.
type link struct {
	row           Row
	from, to, dom string
}

// understand reads the rows' forms. It refuses those that are of no usual one.
func (p *planner) understand(rows []Row) {
	for _, r := range rows {
		fields := r.fields()
		switch {
		case r.More:
			p.refuse(r, "it has fields behind v5, which rolekit does not read")
		case r.Ptype != "p" && r.Ptype != "g":
			p.refuse(r, "a plain policy has p and g rows; this one is of type %q", r.Ptype)
		case slices.Contains(fields, ""):
			p.refuse(r, "a field in its middle is empty")
		case r.Ptype == "g":
			p.understandLink(r, fields)
		default:
			p.understandGrant(r, fields)
		}
	}
}

func (p *planner) understandLink(r Row, fields []string) {
	switch len(fields) {
	case 3:
		p.links = append(p.links, link{r, fields[0], fields[1], fields[2]})
	case 2:
		p.refuse(r, "it names no domain; a role is held in an organisation")
	default:
		p.refuse(r, "a g row has user, role and domain; this one has %d fields", len(fields))
	}
}

func (p *planner) understandGrant(r Row, fields []string) {
	switch {
	case len(fields) < 4:
		p.refuse(r, "it names no domain; sub, dom, obj and act are needed")
	case len(fields) > 5:
		p.refuse(r, "a p row has sub, dom, obj, act and perhaps an effect; this one has %d fields", len(fields))
	case len(fields) == 5 && fields[4] != "allow" && fields[4] != "deny":
		p.refuse(r, "its fifth field is %q, which is no effect", fields[4])
	default:
		g := grant{r, fields[0], fields[1], fields[2], fields[3], len(fields) == 5 && fields[4] == "deny"}
		if g.denies {
			p.refuse(r, "it denies; in rolekit grants add up, and nothing ever denies")
		}
		p.grants = append(p.grants, g)
	}
}

// refuse notes why a row cannot be said in rolekit.
func (p *planner) refuse(r Row, format string, args ...any) {
	why := fmt.Sprintf(format, args...)
	if !slices.Contains(p.refused[r.ID], why) {
		p.refused[r.ID] = append(p.refused[r.ID], why)
	}
}

func (p *planner) isRefused(r Row) bool { return len(p.refused[r.ID]) > 0 }

// looksLikePattern reports whether a matcher is meant to compare the field by
// keyMatch, regexMatch or the like.
func looksLikePattern(field string) bool {
	return strings.ContainsAny(field, "*()[]|^$+?\\{}") || strings.Contains(field, "/:")
}
