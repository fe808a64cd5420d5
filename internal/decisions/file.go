// Package decisions reads the corpus of decisions: YAML files that state a
// policy, questions, and the answers expected. The same files run through the
// Authorizer, through Gin over HTTP, and through every engine and store.
package decisions

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/rolekit/rolekit"
)

// File is one file of the corpus: a policy, and questions about it.
type File struct {
	Name string `yaml:"-"` // groups.yaml

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
	Friends map[rolekit.UserID][]rolekit.UserID                      `yaml:"friends"` // access friend: whose things a user may reach
	Failing []rolekit.UserID                                         `yaml:"failing"` // of whom the application cannot tell teams and friends
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

	where string // file:line
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
}

// Group is who is in a group.
type Group struct {
	Users  []rolekit.UserID  `yaml:"users"`
	Groups []rolekit.GroupID `yaml:"groups"`
}

// Load reads every *.yaml file of a folder, and the catalogs that they name.
func Load(dir fs.FS) ([]*File, error) {
	names, err := fs.Glob(dir, "*.yaml")
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, errors.New("there is no *.yaml file")
	}
	files := make([]*File, 0, len(names))
	for _, name := range names {
		src, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, err
		}
		f, err := Parse(name, src)
		if err != nil {
			return nil, err
		}
		catalog, err := fs.ReadFile(dir, path.Clean(f.Catalog))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if f.catalog, err = rolekit.ParseCatalog(f.Catalog, catalog); err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

// Parse reads one file, strictly: a key that it does not know, a sentence that
// is not one, a question asked twice or an answer that cannot be are errors
// that name file and line.
func Parse(name string, src []byte) (*File, error) {
	f := &File{Name: name}
	decoder := yaml.NewDecoder(bytes.NewReader(src))
	decoder.KnownFields(true)
	if err := decoder.Decode(f); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: a file is one document; nothing after --- would be read", name)
	}
	if f.At.IsZero() {
		f.At = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)
	}
	if err := f.locate(src); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return f, f.check()
}

// locate tells each case its line, which the decoder does not.
func (f *File) locate(src []byte) error {
	var root yaml.Node
	if err := yaml.Unmarshal(src, &root); err != nil {
		return err
	}
	top := root.Content[0].Content
	for i := 0; i+1 < len(top); i += 2 {
		if top[i].Value != "cases" {
			continue
		}
		for j, n := range top[i+1].Content {
			f.Cases[j].where = fmt.Sprintf("%s:%d", f.Name, n.Line)
		}
	}
	return nil
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
	if err := errors.Join(
		known(f, "roles", orgs, f.Roles), known(f, "groups", orgs, f.Groups),
		known(f, "sets", orgs, f.Sets), known(f, "members", orgs, f.Members),
	); err != nil {
		return err
	}
	asked := map[string]string{}
	for _, c := range f.Cases {
		if err := c.check(); err != nil {
			return fmt.Errorf("%s: %w", c.where, err)
		}
		if first, ok := asked[c.String()]; ok {
			return fmt.Errorf("%s: %s: asked before, at %s", c.where, c, first)
		}
		asked[c.String()] = c.where
	}
	return nil
}

// known reports the keys of a mapping that are not organisations of the file.
func known[T any](f *File, what string, orgs map[rolekit.OrgID]bool, said map[rolekit.OrgID]T) error {
	var errs []error
	for org := range said {
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
		s += fmt.Sprintf(" of {id: %s, owner: %s, team: %s}", c.Of.ID, c.Of.Owner, c.Of.Team)
	}
	if !c.At.IsZero() {
		s += " at " + c.At.UTC().Format(time.RFC3339Nano)
	}
	return s
}
