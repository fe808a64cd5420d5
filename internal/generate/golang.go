package generate

import (
	"bytes"
	"fmt"
	"go/format"
	"go/token"
	"slices"
	"strings"

	"github.com/rolekit/rolekit"
)

// GoOptions are what a Go file depends on besides the catalog.
type GoOptions struct {
	Package string // its name
	Source  string // the catalog's file, for the first line
}

// Go returns a Go file, formatted as gofmt does, with a constant for each
// permission, profile and default role of the catalog, and each access that it
// adds. The kit's own permissions are constants of package rolekit already. The
// error is of [rolekit.CodeInvalid]: two things would have one name, or the
// package's name is none.
func Go(c *rolekit.Catalog, o GoOptions) ([]byte, error) {
	if !token.IsIdentifier(o.Package) || o.Package == "_" {
		return nil, &rolekit.Error{
			Code: rolekit.CodeInvalid, Message: fmt.Sprintf("%q is no name for a Go package", o.Package),
			Hint: "use lower-case letters and digits, such as perm",
		}
	}
	g := &goFile{catalog: c}
	g.printf("// %s\n\n", header(o.Source))
	if o.Package != "main" { // which is said elsewhere, by hand
		g.printf("// Package %s names what %s declares.\n", o.Package, oneLine(o.Source))
	}
	g.printf("package %s\n\n", o.Package)
	body := &goFile{catalog: c}
	body.permissions()
	body.profiles()
	body.roles()
	body.accesses()
	if err := body.names.check(); err != nil {
		return nil, err
	}
	if body.Len() > 0 {
		g.printf("import \"github.com/rolekit/rolekit\"\n\n")
	}
	g.printf("%s", body.Bytes())
	return format.Source(g.Bytes())
}

// goFile is a file as it grows.
type goFile struct {
	bytes.Buffer

	catalog *rolekit.Catalog
	names   names
}

func (g *goFile) printf(form string, args ...any) { _, _ = fmt.Fprintf(g, form, args...) } // memory takes it

// constant is one constant and what its comment says.
type constant struct {
	name, typ, value string
	comment          []string
}

// block writes constants under a sentence; nothing where there are none.
func (g *goFile) block(about string, all []constant) {
	if len(all) == 0 {
		return
	}
	g.paragraph("", about)
	g.printf("const (\n")
	for i, c := range all {
		if i > 0 {
			g.printf("\n")
		}
		for _, said := range c.comment {
			g.paragraph("\t", said)
		}
		g.printf("\t%s rolekit.%s = %q\n", c.name, c.typ, c.value)
	}
	g.printf(")\n\n")
}

// paragraph writes a sentence of a comment on as many lines as it takes.
func (g *goFile) paragraph(indent, sentence string) {
	const most = 100 // columns, as wide as text is read well, and less than linters complain of
	line := ""
	for word := range strings.FieldsSeq(sentence) {
		if line != "" && columns(line)+1+columns(word) > most {
			g.printf("%s//%s\n", indent, line)
			line = ""
		}
		line += " " + word
	}
	g.printf("%s//%s\n", indent, line)
}

func (g *goFile) permissions() {
	var all []constant
	for _, p := range g.catalog.Permissions() {
		if own(p.ID) {
			continue
		}
		name := g.names.take(goName("Permission", string(p.ID.Object()), string(p.ID.Action())), fmt.Sprintf("permission %q", p.ID))
		c := constant{name, "Permission", string(p.ID), []string{comment(name, p.Label)}}
		if p.Description != "" {
			c.comment = append(c.comment, sentence(p.Description))
		}
		c.comment = append(c.comment, g.facts(p)...)
		all = append(all, c)
	}
	g.block("The permissions that code asks for.", all)
}

// facts are the sentences on what a permission implies and whom it is for.
func (g *goFile) facts(p rolekit.PermissionInfo) []string {
	var said []string
	if brings := implied(g.catalog, p.ID); len(brings) > 0 {
		said = append(said, sentence("It implies "+list(brings)))
	}
	if len(p.Profiles) < len(g.catalog.Profiles()) {
		said = append(said, sentence("It is for "+list(p.Profiles)))
	}
	if !slices.Equal(p.Access, []rolekit.Access{rolekit.AccessAny}) {
		said = append(said, sentence("It comes with access "+list(p.Access)))
	}
	return said
}

func (g *goFile) profiles() {
	all := make([]constant, 0, len(g.catalog.Profiles()))
	for _, p := range profiles(g.catalog) {
		name := g.names.take(goName("Profile", "profile", string(p.ID)), fmt.Sprintf("profile %q", p.ID))
		all = append(all, constant{name, "ProfileID", string(p.ID), []string{comment(name, p.Label)}})
	}
	g.block("The profiles, the kinds of users.", all)
}

func (g *goFile) roles() {
	all := make([]constant, 0, len(g.catalog.DefaultRoles()))
	for _, r := range g.catalog.DefaultRoles() {
		name := g.names.take(goName("Role", "role", string(r.ID)), fmt.Sprintf("role %q", r.ID))
		c := constant{name, "RoleID", string(r.ID), []string{comment(name, r.Label)}}
		if r.Description != "" {
			c.comment = append(c.comment, sentence(r.Description))
		}
		if profiles(g.catalog) != nil {
			c.comment = append(c.comment, sentence("It is for "+string(r.Profile)))
		}
		all = append(all, c)
	}
	g.block("The default roles, which every organisation has. Code asks for permissions; these are for giving roles.", all)
}

func (g *goFile) accesses() {
	all := make([]constant, 0, len(g.catalog.Accesses()))
	for _, a := range g.catalog.Accesses() {
		name := g.names.take(goName("Access", "access", string(a.ID)), fmt.Sprintf("access %q", a.ID))
		all = append(all, constant{name, "Access", string(a.ID), []string{comment(name, a.Label)}})
	}
	g.block("The accesses that the application adds; rolekit.Config.Access brings a function for each.", all)
}

// comment is the first line of a constant's comment.
func comment(name, label string) string { return fmt.Sprintf("%s is %q.", name, flat(label)) }

// list is "a", "a and b", "a, b and c".
func list[T ~string](items []T) string {
	all := make([]string, len(items))
	for i, item := range items {
		all[i] = string(item)
	}
	if len(all) < 2 {
		return strings.Join(all, "")
	}
	return strings.Join(all[:len(all)-1], ", ") + " and " + all[len(all)-1]
}

// goName joins ids to a name such as InvoicesWrite or APIKeysRead. One that would
// not begin with a letter begins with the kind of thing it is.
func goName(kind string, ids ...string) string {
	var b strings.Builder
	for _, id := range ids {
		for _, word := range words(id) {
			if upper := strings.ToUpper(word); slices.Contains(initialisms(), upper) {
				b.WriteString(upper)
				continue
			}
			b.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	name := b.String()
	if !token.IsIdentifier(name) {
		return kind + name
	}
	return name
}

// initialisms are the words that Go writes in capitals
// (https://go.dev/wiki/CodeReviewComments#initialisms), as its linters have them.
func initialisms() []string {
	return []string{
		"ACL", "API", "ASCII", "CPU", "CSS", "DNS", "EOF", "GUID", "HTML", "HTTP", "HTTPS", "ID", "IP", "JSON", "QPS", "RAM", "RPC", "SLA", "SMTP",
		"SQL", "SSH", "TCP", "TLS", "TTL", "UDP", "UI", "UID", "URI", "URL", "UTF8", "UUID", "VM", "XML", "XMPP", "XSRF", "XSS",
	}
}
