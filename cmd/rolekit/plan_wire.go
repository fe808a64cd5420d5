package main

import (
	"time"

	"github.com/rolekit/rolekit"
)

// A plan as docs/plan-apply.md describes it. Lists are never null.

type planWire struct {
	Nothing  bool            `json:"nothing_to_do"`
	Applied  *appliedWire    `json:"applied"`
	Changes  []changeWire    `json:"changes"`
	Renames  []renameWire    `json:"renames"`
	Drift    []driftWire     `json:"drift"`
	Leaving  []leavingWire   `json:"leaving"`
	Profiles []behindWire    `json:"profiles"`
	Lost     []lostWire      `json:"lost"`
	Joined   []joinedWire    `json:"joined"`
	Implied  []impliedWire   `json:"implied"`
	Reviews  []reviewsWire   `json:"reviews"`
	Roles    int             `json:"custom_roles_edited"`
	Orgs     int             `json:"organisations_edited"`
	Unread   []rolekit.OrgID `json:"unread"`
	Idle     []idleWire      `json:"idle_choices"`
	Refused  []refusedWire   `json:"refused"`
}

type appliedWire struct {
	Revision rolekit.Revision `json:"revision"`
	By       string           `json:"by"`
	At       time.Time        `json:"at"`
}

type changeWire struct {
	Verb   rolekit.ChangeVerb `json:"verb"`
	Kind   string             `json:"kind"`
	ID     string             `json:"id"`
	Fields []fieldWire        `json:"fields"`
	Last   *lastWire          `json:"last_change"`
}

type fieldWire struct {
	Name    string   `json:"name"`
	Before  string   `json:"before"`
	After   string   `json:"after"`
	Added   []string `json:"added"`
	Removed []string `json:"removed"`
}

type lastWire struct {
	By        string    `json:"by"`
	At        time.Time `json:"at"`
	Action    string    `json:"action"`
	Unaudited bool      `json:"edited_since_without_trace"`
}

type renameWire struct {
	rolekit.Renamed

	Roles       int `json:"custom_roles"`
	Assignments int `json:"assignments"`
}

type driftWire struct {
	Kind       string             `json:"kind"`
	ID         string             `json:"id"`
	Verb       rolekit.ChangeVerb `json:"verb"`
	Fields     []fieldWire        `json:"fields"`
	Last       *lastWire          `json:"last_change"`
	Resolution rolekit.Resolution `json:"resolution"`
}

type leavingWire struct {
	ID         rolekit.RoleID    `json:"id"`
	Profile    rolekit.ProfileID `json:"profile"`
	To         rolekit.RoleID    `json:"to"`
	Users      int               `json:"users"`
	Groups     int               `json:"groups"`
	Roles      int               `json:"roles"`
	IncludedBy []roleWire        `json:"included_by"`
	Others     []rolekit.RoleID  `json:"others"`
}

type behindWire struct {
	ID     rolekit.ProfileID `json:"id"`
	Roles  []roleWire        `json:"roles"`
	Users  int               `json:"users"`
	Groups int               `json:"groups"`
}

type roleWire struct {
	Org  rolekit.OrgID  `json:"org"`
	Role rolekit.RoleID `json:"role"`
}

type lostWire struct {
	Permission rolekit.Permission `json:"permission"`
	Roles      []roleWire         `json:"roles"`
	To         rolekit.Permission `json:"to"`
	Dropped    bool               `json:"dropped"`
}

type joinedWire struct {
	Permission rolekit.Permission   `json:"permission"`
	From       []rolekit.Permission `json:"from"`
	Roles      []roleWire           `json:"roles"`
}

type impliedWire struct {
	Permission rolekit.Permission `json:"permission"`
	By         rolekit.Permission `json:"by"`
	Gained     bool               `json:"gained"`
	Roles      []roleWire         `json:"roles"`
}

type reviewsWire struct {
	Permission rolekit.Permission `json:"permission"`
	Pending    int                `json:"pending"`
	Orgs       int                `json:"organisations"`
	Granted    []grantedWire      `json:"granted"`
	Stale      []roleWire         `json:"stale"`
}

type grantedWire struct {
	roleWire

	Holding rolekit.Permission `json:"holding"`
	Access  rolekit.Access     `json:"access"`
}

type idleWire struct {
	Choice string `json:"choice"`
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

type refusedWire struct {
	Code    rolekit.Code `json:"code"`
	Message string       `json:"message"`
	Hint    string       `json:"hint"`
}

// each turns every item of a list into another; the result is never nil.
func each[A, B any](items []A, turn func(A) B) []B {
	all := make([]B, len(items))
	for i, item := range items {
		all[i] = turn(item)
	}
	return all
}

func wirePlan(p *rolekit.CatalogPlan) planWire {
	w := planWire{
		Nothing: p.Empty(), Roles: p.Roles, Orgs: p.Orgs,
		Changes: each(p.Changes, func(c rolekit.CatalogChange) changeWire {
			return changeWire{c.Verb, c.Kind, c.ID, each(c.Fields, wireField), wireLast(c.Last)}
		}),
		Renames: each(p.Renames, func(r rolekit.CatalogRename) renameWire { return renameWire(r) }),
		Drift: each(p.Drift, func(d rolekit.CatalogDrift) driftWire {
			return driftWire{d.Kind, d.ID, d.Verb, each(d.Fields, wireField), wireLast(d.Last), d.Resolution}
		}),
		Leaving: each(p.Leaving, func(l rolekit.LeavingRole) leavingWire {
			h, others := l.Holders, append([]rolekit.RoleID{}, l.Others...)
			return leavingWire{l.ID, l.Profile, l.To, h.Users, h.Groups, h.Roles, each(l.IncludedBy, wireRole), others}
		}),
		Profiles: each(p.Profiles, func(b rolekit.LeavingProfile) behindWire {
			return behindWire{b.ID, each(b.Roles, wireRole), b.Users, b.Groups}
		}),
		Lost: each(p.Lost, func(l rolekit.LostGrants) lostWire {
			return lostWire{l.Permission, each(l.Roles, wireRole), l.To, l.Dropped}
		}),
		Joined: each(p.Joined, func(j rolekit.JoinedPermissions) joinedWire {
			return joinedWire{j.Permission, j.From, each(j.Roles, wireRole)}
		}),
		Implied: each(p.Implied, func(c rolekit.ImpliedChange) impliedWire {
			return impliedWire{c.Permission, c.By, c.Gained, each(c.Roles, wireRole)}
		}),
		Reviews: each(p.Reviews, func(r rolekit.NewReviews) reviewsWire {
			return reviewsWire{r.Permission, r.Pending, r.Orgs, each(r.Granted, func(g rolekit.RuleGrant) grantedWire {
				return grantedWire{wireRole(g.RoleRef), g.Holding, g.Access}
			}), each(r.Stale, wireRole)}
		}),
		Idle:    each(p.Idle, func(i rolekit.IdleChoice) idleWire { return idleWire(i) }),
		Unread:  each(p.Unread, func(o rolekit.OrgID) rolekit.OrgID { return o }),
		Refused: each(p.Refused, func(e *rolekit.Error) refusedWire { return refusedWire{e.Code, e.Message, e.Hint} }),
	}
	if p.Applied != nil {
		w.Applied = &appliedWire{p.Applied.Revision, p.Applied.By, p.Applied.At}
	}
	return w
}

func wireRole(r rolekit.RoleRef) roleWire { return roleWire(r) }

func wireField(f rolekit.FieldChange) fieldWire {
	same := func(s string) string { return s }
	return fieldWire{f.Name, f.Before, f.After, each(f.Added, same), each(f.Removed, same)}
}

func wireLast(l *rolekit.LastChange) *lastWire {
	if l == nil {
		return nil
	}
	w := lastWire(*l)
	return &w
}
