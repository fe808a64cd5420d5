package rolekit_test

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"testing"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter"
)

// story is a kit on a store of its own, and words to tell what happens in it.
type story struct {
	*testing.T

	catalog *rolekit.Catalog
	store   *adapter.Store
	kit     *rolekit.Kit
}

// tell begins a story with a catalog of testdata/stories.
func tell(t *testing.T, catalog string) *story {
	t.Helper()
	s := &story{T: t, store: newStore(t)}
	src, err := fs.ReadFile(os.DirFS("testdata/stories"), catalog+".yaml")
	s.done(err)
	s.catalog, err = rolekit.ParseCatalog(catalog+".yaml", src)
	s.done(err)
	s.restart()
	_, err = s.kit.Manager().As(rolekit.System("story")).ApplyDefaults(t.Context(), s.catalog.Defaults())
	s.done(err)
	return s
}

// restart goes on with a kit that knows only what the store does.
func (s *story) restart() {
	s.Helper()
	var err error
	s.kit, err = rolekit.New(s.Context(), s.store, rolekit.Config{Catalog: s.catalog, Logger: slog.New(slog.DiscardHandler)})
	s.done(err)
}

func in(org rolekit.OrgID, user rolekit.UserID) rolekit.Identity {
	return rolekit.Identity{User: user, Org: org}
}

func as(profile rolekit.ProfileID, who rolekit.Identity) rolekit.Identity {
	who.Profile = profile
	return who
}

func project(id rolekit.ResourceID) rolekit.Facts { return rolekit.Facts{ID: id} }

// found creates an organisation and gives its creator the catalog's role.
func (s *story) found(org rolekit.OrgID, creator rolekit.UserID) {
	s.Helper()
	_, err := s.kit.Manager().As(rolekit.System("story")).CreateOrg(s.Context(), rolekit.NewOrg{ID: org, Creator: creator})
	s.done(err)
}

func (s *story) manager(user rolekit.UserID) *rolekit.Manager {
	return s.kit.Manager().As(rolekit.Actor{User: user})
}

func (s *story) set(by *rolekit.Manager, org rolekit.OrgID, id rolekit.SetID, resources ...rolekit.ResourceID) {
	s.Helper()
	_, err := by.PutSet(s.Context(), org, rolekit.SetSpec{ID: id}, 0)
	s.done(err)
	s.done(by.ReplaceResources(s.Context(), org, id, resources, 0))
}

func (s *story) role(by *rolekit.Manager, org rolekit.OrgID, id rolekit.RoleID, grants ...rolekit.Grant) {
	s.Helper()
	_, err := by.CreateRole(s.Context(), org, rolekit.RoleSpec{ID: id, Grants: grants})
	s.done(err)
}

func (s *story) group(by *rolekit.Manager, org rolekit.OrgID, id rolekit.GroupID, users []rolekit.UserID, groups ...rolekit.GroupID) {
	s.Helper()
	_, err := by.PutGroup(s.Context(), org, rolekit.GroupSpec{ID: id}, 0)
	s.done(err)
	s.done(by.AddToGroup(s.Context(), org, id, users, groups))
}

func (s *story) done(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *story) refuses(err, with error) {
	s.Helper()
	if !errors.Is(err, with) {
		s.Errorf("want a refusal (%v), got %v", with, err)
	}
}

func (s *story) is(so bool, what string, args ...any) {
	s.Helper()
	if !so {
		s.Errorf("it is not so: "+what, args...)
	}
}

// decide asks, of one resource at most.
func (s *story) decide(who rolekit.Identity, want rolekit.Permission, of ...rolekit.Facts) rolekit.Decision {
	s.Helper()
	var resource rolekit.Resource
	if len(of) > 0 {
		resource = of[0]
	}
	d, err := s.kit.Can(s.Context(), who, want, resource)
	s.done(err)
	return d
}

func (s *story) can(who rolekit.Identity, want rolekit.Permission, of ...rolekit.Facts) bool {
	s.Helper()
	return s.decide(who, want, of...).Allowed
}

func (s *story) may(who rolekit.Identity, want rolekit.Permission, of ...rolekit.Facts) {
	s.Helper()
	s.is(s.can(who, want, of...), "%s may %s in %s %v", who.User, want, who.Org, of)
}

func (s *story) mayNot(who rolekit.Identity, want rolekit.Permission, of ...rolekit.Facts) {
	s.Helper()
	s.is(!s.can(who, want, of...), "%s may not %s in %s %v", who.User, want, who.Org, of)
}

func (s *story) reaches(who rolekit.Identity, want rolekit.Permission, reach ...rolekit.Access) {
	s.Helper()
	got := s.decide(who, want).Access()
	s.is(slices.Equal(got, reach), "%s may %s in %s as far as %v, but %v", who.User, want, who.Org, reach, got)
}

func (s *story) isA(who rolekit.Identity, profile rolekit.ProfileID) {
	s.Helper()
	yes, err := s.kit.Is(s.Context(), who, profile)
	s.is(err == nil && yes, "%s is a %s in %s (%v)", who.User, profile, who.Org, err)
}

func (s *story) isNo(who rolekit.Identity, profile rolekit.ProfileID) {
	s.Helper()
	yes, err := s.kit.Is(s.Context(), who, profile)
	s.is(err == nil && !yes, "%s is no %s in %s (%v)", who.User, profile, who.Org, err)
}
