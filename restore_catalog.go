package rolekit

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// restoreCatalog keeps the catalog that is wanted as the one that was applied last, where
// none was. It returns since when there are the permissions that came after the first.
func (c *change) restoreCatalog(want *CatalogContents, out *Restored) (map[Permission]Revision, error) {
	record, there, err := c.tx.AppliedCatalog(c.ctx)
	if err != nil {
		return nil, err
	}
	last, err := readApplied(record, there)
	if err != nil {
		return nil, err
	}
	catalog, err := ParseCatalog("body", []byte(want.Body))
	if err != nil {
		return nil, err
	}
	if there {
		return last.since, last.stays(catalog, out)
	}
	how := fmt.Sprintf("as %s applied it on %s, permissions that came later: %d", want.AppliedBy, want.AppliedAt.UTC().Format(time.RFC3339), len(want.Later))
	out.add('+', "the catalog", how)
	if err := c.audit("catalog.restore", "catalog:"+string(AllOrgs), nil, map[string][]Permission{"later": want.Later}); err != nil {
		return nil, err
	}
	at, since := Revision(c.event), map[Permission]Revision{}
	for _, p := range want.Later {
		since[p] = at
	}
	body, err := last.body(catalog, since)
	if err != nil {
		return nil, err
	}
	return since, c.tx.PutAppliedCatalog(c.ctx, CatalogRecord{Revision: at, AppliedBy: want.AppliedBy, AppliedAt: want.AppliedAt.UTC(), Body: body})
}

// stays notes where another catalog is wanted than the one that was applied. With that go
// all decisions of reviews, and what is new in it, so that it is not replaced.
func (l *applied) stays(wanted *Catalog, out *Restored) error {
	is, err := l.body(l.catalog, nil)
	if err != nil {
		return err
	}
	want, err := l.body(wanted, nil)
	if err == nil && is != want {
		out.Notes = append(out.Notes, RestoreNote{At: "catalog", What: "the catalog; another was applied here, and stays the one that was applied last"})
	}
	return err
}

// known returns since when there are the permissions that came after the first catalog:
// as it is, or would be. It is read once, as it is long.
func (r *Restoration) known(ctx context.Context, wanted ...Contents) (err error) {
	isSaid := func(c Contents) bool { return c.Waiting != nil }
	if r.since == nil && slices.ContainsFunc(wanted, isSaid) {
		if r.since, err = r.m.since(ctx); err == nil && r.since == nil {
			r.since = map[Permission]Revision{}
		}
	}
	return err
}

// awaits lets those permissions wait in a role that the contents say, and no others, and
// says which are not as they were. That a permission does not wait is that it is decided
// about; that it does, that the role is older.
func (r *restoring) awaits(old, is *Role) (how []string) {
	said, ok := r.want.Waiting[is.ID]
	if !ok {
		return nil
	}
	catalog, had := r.c.kit.catalog, []Permission{}
	if old != nil {
		had = catalog.pending(r.since, old)
	}
	var waits []Permission
	for _, p := range said {
		at := r.since[p]
		if !isPending(catalog, p, at, is.Profile, 0, nil) {
			what := fmt.Sprintf("that %s waits; here it came after no role of that profile", p)
			r.out.Notes = append(r.out.Notes, RestoreNote{At: fmt.Sprintf("roles/%s/waiting/%s", is.ID, p), What: what})
			continue
		}
		waits = append(waits, p)
		is.Created = min(is.Created, at-1)
		delete(is.Reviewed, p)
	}
	for _, p := range lacking(catalog.pending(r.since, is), waits) {
		*is = *is.decided(p, r.since[p])
	}
	for _, p := range lacking(waits, had) {
		how = append(how, "+"+string(p)+" waits")
	}
	for _, p := range lacking(had, waits) {
		how = append(how, "-"+string(p)+" waits")
	}
	if len(how) > 0 {
		r.event("role.review", roleSubject(is.ID).String(), auditWaiting(had), auditWaiting(waits))
	}
	return how
}

func auditWaiting(waits []Permission) map[string][]Permission {
	return map[string][]Permission{"waiting": append([]Permission{}, waits...)}
}
