// Package policytest reads and runs policy tests: YAML files that state a policy,
// ask questions of it, and say what the answers must be. docs/policy-tests.md
// describes the format. rolekit test runs them; the corpus of this module's own,
// testdata/decisions, runs through the Authorizer, through Gin over HTTP, and
// through every engine and store as well.
package policytest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/yamlshape"
)

// File is a policy, and questions about it.
type File struct {
	Name string `yaml:"-"` // as messages have it

	About   string                                                   `yaml:"about"`   // one sentence
	Catalog string                                                   `yaml:"catalog"` // a file, from this one's folder
	At      time.Time                                                `yaml:"at"`      // when the questions are asked, unless they say
	Orgs    []Org                                                    `yaml:"orgs"`    // a parent before those below it
	Roles   map[rolekit.OrgID]map[rolekit.RoleID]Role                `yaml:"roles"`
	Groups  map[rolekit.OrgID]map[rolekit.GroupID]Group              `yaml:"groups"`
	Sets    map[rolekit.OrgID]map[rolekit.SetID][]rolekit.ResourceID `yaml:"sets"`
	Members map[rolekit.OrgID][]rolekit.UserID                       `yaml:"members"` // with or without roles
	Assign  []Assignment                                             `yaml:"assign"`
	Switch  []Switch                                                 `yaml:"switch"`  // who acts as what when they do not say
	Teams   map[rolekit.UserID][]rolekit.TeamID                      `yaml:"teams"`   // whose teams
	Access  map[rolekit.Access]map[rolekit.UserID]Reached            `yaml:"access"`  // what accesses of the application's own reach
	Failing []rolekit.UserID                                         `yaml:"failing"` // of whom the application cannot tell either
	Cases   []Case                                                   `yaml:"cases"`

	catalog *rolekit.Catalog
}

// Case is one question and the answer expected.
type Case struct {
	Ask   Question         `yaml:"ask"`
	Of    *Resource        `yaml:"of"` // none: may they do it at all?
	At    time.Time        `yaml:"at"`
	Want  string           `yaml:"want"`  // yes, no, or the code of an error
	Reach []rolekit.Access `yaml:"reach"` // of a yes; without a resource, any where left out
	Why   string           `yaml:"why"`   // for readers

	Line int `yaml:"-"` // where it stands

	where string // file:line
}

// UnmarshalYAML reads a case and remembers where it stands.
func (c *Case) UnmarshalYAML(n *yaml.Node) error {
	type plain Case
	c.Line = n.Line
	return n.Decode((*plain)(c))
}

// Resource is what a question is about.
type Resource struct {
	ID    rolekit.ResourceID `yaml:"id"`
	Owner rolekit.UserID     `yaml:"owner"`
	Team  rolekit.TeamID     `yaml:"team"`
}

// AccessFacts makes it a [rolekit.Resource].
func (r *Resource) AccessFacts() rolekit.Facts {
	return rolekit.Facts{ID: r.ID, Owner: r.Owner, Team: r.Team}
}

// Role is a custom role.
type Role struct {
	Profile  rolekit.ProfileID `yaml:"profile"`
	Grants   []Grant           `yaml:"grants"`
	Includes []rolekit.RoleID  `yaml:"includes"`

	line int
}

// UnmarshalYAML reads a role and remembers where it stands.
func (r *Role) UnmarshalYAML(n *yaml.Node) error {
	type plain Role
	r.line = n.Line
	return n.Decode((*plain)(r))
}

// Group is who is in a group.
type Group struct {
	Users  []rolekit.UserID  `yaml:"users"`
	Groups []rolekit.GroupID `yaml:"groups"`

	line int
}

// UnmarshalYAML reads a group and remembers where it stands.
func (g *Group) UnmarshalYAML(n *yaml.Node) error {
	type plain Group
	g.line = n.Line
	return n.Decode((*plain)(g))
}

// Reached is what an access of the application's own reaches for a user: resources
// by their ids, their owners or their teams.
type Reached struct {
	IDs    []rolekit.ResourceID `yaml:"ids"`
	Owners []rolekit.UserID     `yaml:"owners"`
	Teams  []rolekit.TeamID     `yaml:"teams"`
}

// LoadFolder reads every *.yaml file of a folder, and the catalogs that they name.
// The files' names are without the folder.
func LoadFolder(folder string) ([]*File, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("%s: there is no *.yaml file", folder)
	}
	files := make([]*File, len(paths))
	for i, path := range paths {
		if files[i], err = load(path, filepath.Base(path)); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// Load reads a file and the catalog that it names.
func Load(path string) (*File, error) { return load(path, path) }

func load(path, name string) (*File, error) {
	src, err := os.ReadFile(path) //nolint:gosec // the caller's own choice
	if err != nil {
		return nil, err
	}
	f, err := Parse(name, src)
	if err != nil {
		return nil, err
	}
	at := filepath.Join(filepath.Dir(path), filepath.FromSlash(f.Catalog))
	catalog, err := os.ReadFile(at) //nolint:gosec // likewise
	if err != nil {
		return nil, fmt.Errorf("%s: the catalog cannot be read: %w", name, err)
	}
	if f.catalog, err = rolekit.ParseCatalog(at, catalog); err != nil {
		return nil, err
	}
	return f, f.checkAccess()
}

// Parse reads one file, strictly: a key that it does not know, a sentence that
// is not one, a question asked twice or an answer that cannot be are errors that
// name file and line, all of them at once.
func Parse(name string, src []byte) (*File, error) {
	f := &File{Name: name}
	decoder := yaml.NewDecoder(bytes.NewReader(src))
	var doc yaml.Node
	if err := decoder.Decode(&doc); err != nil {
		return nil, notYAML(name, err)
	}
	s := &yamlshape.Checker{File: name}
	s.Check(doc.Content[0], reflect.TypeFor[File](), "a policy test")
	if len(s.Problems) > 0 {
		return nil, errors.New(strings.Join(s.Problems, "\n"))
	}
	if err := doc.Decode(f); err != nil { // the shape is right
		return nil, notYAML(name, err)
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: a file is one document; nothing after --- would be read", name)
	}
	if f.At.IsZero() {
		f.At = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)
	}
	for i := range f.Cases {
		f.Cases[i].where = fmt.Sprintf("%s:%d", name, f.Cases[i].Line)
	}
	return f, f.check()
}

func notYAML(name string, err error) error {
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("%s:1: the file is empty", name)
	}
	if e, ok := errors.AsType[*yaml.LoadError](err); ok {
		return fmt.Errorf("%s:%d: the file is not YAML: %w", name, max(e.Mark.Line, 1), err)
	}
	return fmt.Errorf("%s: the file is not YAML: %w", name, err)
}

// check finds what could make a case pass for nothing.
func (f *File) check() error {
	switch {
	case f.About == "":
		return fmt.Errorf("%s: about is missing: say in a sentence what the file shows", f.Name)
	case f.Catalog == "":
		return fmt.Errorf("%s: catalog is missing: name a file", f.Name)
	case len(f.Cases) == 0:
		return fmt.Errorf("%s: there are no cases", f.Name)
	}
	orgs := map[rolekit.OrgID]bool{}
	for _, o := range f.Orgs {
		orgs[o.ID] = true
	}
	errs := []error{
		known(f, "roles", orgs, f.Roles), known(f, "groups", orgs, f.Groups), known(f, "sets", orgs, f.Sets), known(f, "members", orgs, f.Members),
	}
	asked := map[string]string{}
	for _, c := range f.Cases {
		if err := c.check(); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", c.where, err))
		}
		if first, ok := asked[c.String()]; ok {
			errs = append(errs, fmt.Errorf("%s: %s: asked before, at %s", c.where, c, first))
		}
		asked[c.String()] = c.where
	}
	return errors.Join(errs...)
}

// checkAccess finds accesses that the catalog does not have.
func (f *File) checkAccess() error {
	var declared []string
	for _, a := range f.catalog.Accesses() {
		declared = append(declared, string(a.ID))
	}
	var errs []error
	for _, a := range slices.Sorted(maps.Keys(f.Access)) {
		if !slices.Contains(declared, string(a)) {
			errs = append(errs, fmt.Errorf("%s: access %q is none that %s adds; %s", f.Name, a, f.Catalog, yamlshape.Nearest(string(a), declared)))
		}
	}
	return errors.Join(errs...)
}

// known reports the keys of a mapping that are not organisations of the file.
func known[T any](f *File, what string, orgs map[rolekit.OrgID]bool, said map[rolekit.OrgID]T) error {
	var errs []error
	for _, org := range slices.Sorted(maps.Keys(said)) {
		if !orgs[org] {
			errs = append(errs, fmt.Errorf("%s: %s of %q, which is not among orgs", f.Name, what, org))
		}
	}
	return errors.Join(errs...)
}

func (c Case) check() error {
	switch rolekit.Code(c.Want) {
	case "yes", "no", rolekit.CodeInvalid, rolekit.CodeUnauthenticated, rolekit.CodeOrgNotFound, rolekit.CodeBrokenPolicy, rolekit.CodeUnavailable:
	case "":
		return errors.New("want is missing: yes, no, or the code of an error")
	default:
		return fmt.Errorf("want %q: write yes, no, or the code that a check may fail with", c.Want)
	}
	switch {
	case c.Ask.text == "":
		return errors.New("ask is missing: write user object:action in organisation [as profile]")
	case c.Want != "yes" && c.Reach != nil:
		return errors.New("only a yes has a reach")
	case c.Reach != nil && len(c.Reach) == 0:
		return errors.New("a yes reaches something; leave reach out where it is any")
	}
	return nil
}

// String returns the question as it was written, with what it is about and when.
func (c Case) String() string {
	s := strings.Join(strings.Fields(c.Ask.text), " ")
	if c.Of != nil {
		s += " of " + c.Of.String()
	}
	if !c.At.IsZero() {
		s += " at " + c.At.UTC().Format(time.RFC3339Nano)
	}
	return s
}

// String returns what is known of it, as it is written.
func (r *Resource) String() string {
	var said []string
	for _, fact := range []struct{ key, value string }{{"id", string(r.ID)}, {"owner", string(r.Owner)}, {"team", string(r.Team)}} {
		if fact.value != "" {
			said = append(said, fact.key+": "+fact.value)
		}
	}
	return "{" + strings.Join(said, ", ") + "}"
}
