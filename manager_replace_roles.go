package rolekit

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"time"
)

// MemberRoles are the roles that a user was given in an organisation itself.
type MemberRoles struct {
	User  UserID
	Roles []AssignedRole // ended ones included; sorted by role and period
	State RolesState
}

// RolesState stands for all the roles that a user was given in an organisation, and
// for when they hold them: two are the same where those are.
type RolesState string

// AnyRoles is the state for who means to replace a user's roles however they are.
const AnyRoles RolesState = "*"

// MemberRoles returns the roles of a user, none where they have none or do not belong
// to the organisation. It needs iam.members:read.
func (m *Manager) MemberRoles(ctx context.Context, org OrgID, user UserID) (MemberRoles, error) {
	if err := user.Validate(); err != nil {
		return MemberRoles{}, err
	}
	if err := m.require(ctx, org, MembersRead); err != nil {
		return MemberRoles{}, err
	}
	p, err := m.kit.policy(ctx, org)
	if err != nil {
		return MemberRoles{}, err
	}
	return p.layers[0].memberRoles(user, m.kit.config.Clock()), nil
}

// ReplaceRoles makes these all the roles that a user is given in the organisation, and
// returns how they are then; what they have from groups and ancestors stays. A role may
// come several times, for several periods; Ended is not looked at. Where there is
// nothing else that makes them belong to the organisation, to have none is to leave it.
//
// It needs iam.members:write, and for what is new every grant of the role; what the user
// has already stays theirs, whoever may give it. ifState is the state that the caller has
// seen, or AnyRoles; where the roles are not so, ErrConflict comes back, and its Current
// are the MemberRoles as they are. Each role has an event of its own in the log, as by
// [Manager.EditAssignments], whose errors these are too.
func (m *Manager) ReplaceRoles(ctx context.Context, org OrgID, user UserID, roles []AssignedRole, ifState RolesState) (MemberRoles, error) {
	if err := user.Validate(); err != nil {
		return MemberRoles{}, err
	}
	wanted, err := periodsOf(roles)
	if err != nil {
		return MemberRoles{}, err
	}
	after, err := m.change(ctx, org, MembersWrite, func(c *change) error {
		now := c.own.memberRoles(user, c.now)
		if ifState != AnyRoles && ifState != now.State {
			e := errorf(CodeConflict, "the roles of %s are not as they were seen", userSubject(user)).hint("read them again and repeat the change")
			e.Current = now
			return e
		}
		return c.replaceRoles(userSubject(user), wanted)
	})
	if err != nil {
		return MemberRoles{}, err
	}
	return after.layers[0].memberRoles(user, m.kit.config.Clock()), nil
}

// rolePeriods is a role, the periods for which it is wanted, and where that was said
// first.
type rolePeriods struct {
	role    RoleID
	periods []Period
	at      string
}

// periodsOf checks what can be said of the roles without their organisation.
func periodsOf(roles []AssignedRole) ([]rolePeriods, error) {
	if n := len(roles); n > MaxAssignmentLines {
		return nil, errorf(CodeInvalid, "%d roles are too many for one user", n).hint("send at most %d", MaxAssignmentLines)
	}
	var (
		all   []rolePeriods
		wrong wrongParts
		index = map[RoleID]int{}
	)
	for i, r := range roles {
		at, during := fmt.Sprintf("roles[%d]", i), r.normal()
		err := r.Role.Validate()
		if err == nil {
			err = during.validate()
		}
		n, met := index[r.Role]
		switch {
		case err != nil:
		case !met:
			index[r.Role] = len(all)
			all = append(all, rolePeriods{r.Role, []Period{during}, at})
		case slices.Contains(all[n].periods, during):
			err = errorf(CodeInvalid, "%s comes twice for the same time", roleSubject(r.Role)).hint("say it once")
		default:
			all[n].periods = append(all[n].periods, during)
		}
		if err := wrong.note(at, err); err != nil {
			return nil, err
		}
	}
	return all, wrong.err(len(roles))
}

// replaceRoles leaves a user with these roles and no others.
func (c *change) replaceRoles(who subject, wanted []rolePeriods) error {
	var (
		links []relinking
		wrong wrongParts
		stays = map[subject]bool{}
	)
	for _, w := range wanted {
		role := roleSubject(w.role)
		stays[role] = true
		r, err := c.rewarding(who, w)
		if err := wrong.note(w.at, err); err != nil {
			return err
		}
		links = append(links, r)
	}
	if err := wrong.err(len(wanted)); err != nil {
		return err
	}
	for _, b := range c.own.bonds(who) {
		if b.to.kind == kindRole && !stays[b.to] {
			stays[b.to] = true // seen, where it comes for several periods
			links = append(links, relinking{action: "member.unassign", who: who, gone: c.between(who, b.to)})
		}
	}
	return c.relink(links)
}

// rewarding gives a user a role for just these periods. Of those for which they have it
// nothing is given, so that who may not give the role can leave it where it is.
func (c *change) rewarding(who subject, w rolePeriods) (relinking, error) {
	had := c.between(who, roleSubject(w.role))
	var fresh []Period
	var kept []Rule
	for _, during := range w.periods {
		if rule := linkRule(c.org, who, roleSubject(w.role), during); slices.Contains(had, rule) {
			kept = append(kept, rule)
		} else {
			fresh = append(fresh, during)
		}
	}
	r := relinking{action: "member.assign", who: who, gone: had}
	if len(fresh) > 0 {
		var err error
		if r, err = c.giving(who, w.role, fresh...); err != nil {
			return r, err
		}
	}
	r.fresh = append(kept, r.fresh...)
	return r, nil
}

// memberRoles tells what a user was given in the layer, with the state of it. That is a
// hash, so that it moves with whatever changes the roles and need not be written down
// anywhere; whether one has ended is no part of it, since nobody changed that.
func (l *layer) memberRoles(user UserID, now time.Time) MemberRoles {
	roles := l.member(user, now).Roles
	said := []any{l.id(), user}
	for _, r := range roles {
		from, until := r.fields()
		said = append(said, []string{string(r.Role), from, until})
	}
	const enough = 16 // bytes: nobody finds two that are the same
	sum := sha256.Sum256(toJSON(said))
	return MemberRoles{User: user, Roles: roles, State: RolesState(base64.RawURLEncoding.EncodeToString(sum[:enough]))}
}
