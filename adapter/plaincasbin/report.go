package plaincasbin

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Write writes the plan for people.
func (p *Plan) Write(w io.Writer) error {
	_, err := io.WriteString(w, p.String())
	return err
}

// String returns the plan as [Plan.Write] writes it.
func (p *Plan) String() string {
	if len(p.rows) == 0 {
		return "no rows of " + table + " to import\n"
	}
	var b strings.Builder
	roles, holds := 0, 0
	for _, o := range p.Orgs {
		roles, holds = roles+len(o.Roles), holds+len(o.Holds)
	}
	fmt.Fprintf(&b, "rows of %s: %d, of which %d cannot be said in rolekit\n", table, len(p.rows), len(p.Refused))
	fmt.Fprintf(&b, "to be made: %s, %s, %s\n",
		count(len(p.Orgs), "organisation"), count(roles, "role"), count(holds, "assignment"))
	for _, o := range p.Orgs {
		o.write(&b)
	}
	if len(p.Refused) > 0 {
		b.WriteString("\nrows that cannot be said in rolekit\n")
	}
	for _, r := range p.Refused {
		fmt.Fprintf(&b, "  %d: %s\n", r.Row.ID, r.Row)
		for _, why := range r.Reasons {
			fmt.Fprintf(&b, "      %s\n", why)
		}
	}
	if len(p.Gains) > 0 {
		b.WriteString("\nwhat would be allowed and was not\n")
	}
	for _, g := range p.Gains {
		who := "user " + string(g.User)
		if g.Role != "" {
			who = "role " + string(g.Role)
		}
		fmt.Fprintf(&b, "  in %s, %s: %s, as %s\n", g.Org, who, g.Permission, g.Why)
	}
	return b.String()
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

func (o Org) write(b *strings.Builder) {
	fmt.Fprintf(b, "\norganisation %s%s\n", o.ID, was(o.Domain, string(o.ID)))
	if o.Creator != "" {
		fmt.Fprintf(b, "  %s gets the creator's role\n", o.Creator)
	}
	roles := slices.SortedFunc(slices.Values(o.Roles), func(a, b Role) int { return cmp.Compare(a.ID, b.ID) })
	for _, r := range roles {
		fmt.Fprintf(b, "  role %s%s\n", r.ID, r.was())
		for _, g := range r.Grants {
			fmt.Fprintf(b, "    may %s\n", g.Permission)
		}
		for _, id := range r.Includes {
			fmt.Fprintf(b, "    includes %s\n", id)
		}
	}
	for rest := o.Holds; len(rest) > 0; {
		user, ids := rest[0].User, []string{}
		for len(rest) > 0 && rest[0].User == user {
			ids, rest = append(ids, string(rest[0].Role)), rest[1:]
		}
		fmt.Fprintf(b, "  user %s holds %s\n", user, strings.Join(ids, ", "))
	}
}

func was(old, now string) string {
	if old == now {
		return ""
	}
	return fmt.Sprintf(", which was %q", old)
}

func (r Role) was() string {
	if r.Of != "" {
		return fmt.Sprintf(", which %s alone has: p rows grant it directly", r.Of)
	}
	return was(r.Name, string(r.ID))
}
