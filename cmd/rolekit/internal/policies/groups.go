package policies

import (
	"context"
	"net/url"

	"github.com/rolekit/rolekit"
)

const groupsPath = "groups"

// OneIn implements [Policies].
func (d *Direct) OneIn(ctx context.Context, org rolekit.OrgID, group rolekit.GroupID) (rolekit.UserID, error) {
	return oneIn(group, func(id rolekit.GroupID) ([]rolekit.UserID, []rolekit.GroupID, error) {
		_, has, err := d.manager().Group(ctx, org, id)
		return has.Users, has.Groups, err
	})
}

// OneIn implements [Policies].
func (s *Server) OneIn(ctx context.Context, org rolekit.OrgID, group rolekit.GroupID) (rolekit.UserID, error) {
	return oneIn(group, func(id rolekit.GroupID) ([]rolekit.UserID, []rolekit.GroupID, error) {
		users, _, err := pageOf[rolekit.UserID](ctx, s, url.Values{}, "", 1, orgsPath, string(org), groupsPath, string(id), membersPath)
		if err != nil || len(users) > 0 {
			return users, nil, err
		}
		var inner struct{ Groups []rolekit.GroupID }
		err = s.get(ctx, nil, &inner, orgsPath, string(org), groupsPath, string(id))
		return nil, inner.Groups, err
	})
}

// oneIn looks for a user in a group, and then in those in it. Groups are in each other
// without circles, but may change while they are looked at.
func oneIn(group rolekit.GroupID, look func(rolekit.GroupID) ([]rolekit.UserID, []rolekit.GroupID, error)) (rolekit.UserID, error) {
	seen := map[rolekit.GroupID]bool{}
	for queue := []rolekit.GroupID{group}; len(queue) > 0; queue = queue[1:] {
		if seen[queue[0]] {
			continue
		}
		seen[queue[0]] = true
		users, inner, err := look(queue[0])
		if err != nil {
			return "", err
		}
		if len(users) > 0 {
			return users[0], nil
		}
		queue = append(queue, inner...)
	}
	return "", nil
}
