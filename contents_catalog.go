package rolekit

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"time"
)

// CatalogContents is the catalog that was applied last.
type CatalogContents struct {
	AppliedBy string       // as the audit log names actors
	AppliedAt time.Time    // to the second
	Body      string       // as [ParseCatalog] reads it
	Later     []Permission // those that came after the first catalog, sorted
}

// contents returns what is kept of the catalog as it is written.
func (a *applied) contents() (*CatalogContents, error) {
	body, err := a.catalog.keep()
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	if err := json.Indent(&text, body, "", "  "); err != nil {
		return nil, err
	}
	return &CatalogContents{a.record.AppliedBy, a.record.AppliedAt, text.String(), slices.Sorted(maps.Keys(a.since))}, nil
}

// check checks what can be said without what is stored.
func (c *CatalogContents) check(p *partCheck) {
	_ = p.see(validText("applied_by", c.AppliedBy, maxLabel), "catalog/applied_by")
	if c.AppliedBy == "" {
		_ = p.see(errorf(CodeInvalid, "nothing says who applied the catalog"), "catalog/applied_by")
	}
	if c.AppliedAt.Unix() <= 0 {
		_ = p.see(errorf(CodeInvalid, "nothing says when the catalog was applied"), "catalog/applied_at")
	}
	catalog, err := ParseCatalog("body", []byte(c.Body))
	if err != nil {
		_ = p.see(asInvalid(err), "catalog/body")
		return
	}
	for _, id := range c.Later {
		_ = p.see(catalog.CheckPermission(id), "catalog/later/%s", id)
	}
}

// pending returns what nobody decided about yet in a custom role, sorted; also what the
// role gives in some other way.
func (c *Catalog) pending(since map[Permission]Revision, r *Role) []Permission {
	all := []Permission{}
	for p, at := range since {
		if isPending(c, p, at, r.Profile, r.Created, r.Reviewed) {
			all = append(all, p)
		}
	}
	slices.Sort(all)
	return all
}

// waiting is that of all of the organisation's own roles; nil where nothing ever waits.
func (p *policy) waiting(since map[Permission]Revision) map[RoleID][]Permission {
	if len(since) == 0 {
		return nil
	}
	all := map[RoleID][]Permission{}
	for id, r := range p.layers[0].roles {
		all[id] = p.catalog.pending(since, r)
	}
	return all
}
