package rolekit

import (
	"context"
	"iter"
	"slices"
)

// ExportQuery selects what is exported.
type ExportQuery struct {
	// Org is the organisation; AllOrgs for every one, and for what they share first.
	Org OrgID
	// Below takes the organisations below it along.
	Below bool
}

// exportedAtOnce is how many organisations are held while they are exported.
const exportedAtOnce = 64

// Export yields what is said in organisations, each before those below it, and those
// beside each other by id. All of it is of one moment, and little of it is held at
// once. It ends with the first error; an organisation whose rules cannot be read is
// one, so that an export is never less than what there is. Only the system may.
func (m *Manager) Export(ctx context.Context, q ExportQuery) iter.Seq2[Contents, error] {
	return func(yield func(Contents, error) bool) {
		if !m.actor.isSystem() {
			yield(Contents{}, m.systemOnly("export policies"))
			return
		}
		stopped := false
		err := m.kit.store.View(ctx, func(r Reader) error {
			e := &exporter{ctx: ctx, r: r, kit: m.kit, yield: func(c Contents) bool {
				stopped = !yield(c, nil)
				return !stopped
			}}
			return e.export(q)
		})
		if err != nil && !stopped {
			yield(Contents{}, unavailable("the policies cannot be read", err))
		}
	}
}

func (m *Manager) systemOnly(what string) error {
	if m.actor == (Actor{}) {
		return errorf(CodeUnauthenticated, "nobody asks for this").hint("use Manager().As(actor)")
	}
	return errorf(CodePermissionDenied, "%s may not %s", m.actor, what).hint("use the command line, with access to the database")
}

// exporter reads organisations in the order of the tree.
type exporter struct {
	ctx   context.Context //nolint:containedctx // it lives as long as one export, and so does this
	r     Reader
	kit   *Kit
	yield func(Contents) bool

	pool     bundles  // of its own: none of what it reads stays
	line     []*layer // of the last organisation, from the root downward
	defaults *layer
	since    map[Permission]Revision
}

func (e *exporter) export(q ExportQuery) (err error) {
	if e.defaults, err = e.layer(AllOrgs); err != nil {
		return err
	}
	shared := contentsOf(newPolicy(e.kit.catalog, []*layer{e.defaults}))
	if shared.Catalog, err = e.applied(); err != nil {
		return err
	}
	if q.Org == AllOrgs && !e.yield(shared) {
		return nil
	}
	orgs, err := e.orgs(q)
	if err != nil {
		return err
	}
	for some := range slices.Chunk(orgs, exportedAtOnce) {
		read := make(map[OrgID]*layer, len(some))
		for record, err := range e.r.Layers(e.ctx, some) {
			if err != nil {
				return err
			}
			if read[record.Org.ID], err = e.understand(record); err != nil {
				return err
			}
		}
		for _, id := range some {
			if read[id] == nil {
				return orgNotFound(id)
			}
			p := e.below(read[id])
			c := contentsOf(p)
			c.Waiting = p.waiting(e.since)
			if !e.yield(c) {
				return nil
			}
		}
	}
	return nil
}

// applied returns the catalog that was applied last; nil for none.
func (e *exporter) applied() (*CatalogContents, error) {
	record, there, err := e.r.AppliedCatalog(e.ctx)
	if err != nil || !there {
		return nil, err
	}
	last, err := readApplied(record, there)
	if err != nil {
		return nil, err
	}
	e.since = last.since
	return last.contents()
}

// below returns the policy of an organisation that comes behind those above it.
func (e *exporter) below(l *layer) *policy {
	for len(e.line) > 0 && e.line[len(e.line)-1].id() != l.org.Parent {
		e.line = e.line[:len(e.line)-1]
	}
	e.line = append(e.line, l)
	layers := slices.Clone(e.line)
	slices.Reverse(layers)
	return newPolicy(e.kit.catalog, append(layers, e.defaults))
}

func (e *exporter) layer(id OrgID) (*layer, error) {
	record, err := e.r.Layer(e.ctx, id)
	if err != nil {
		return nil, err
	}
	return e.understand(record)
}

func (e *exporter) understand(record Layer) (*layer, error) {
	return understand(record, 0, &e.pool, e.kit.config.Logger)
}

// orgs returns which are exported, in order, and reads those above them.
func (e *exporter) orgs(q ExportQuery) ([]OrgID, error) {
	if q.Org == AllOrgs {
		all, err := e.r.Orgs(e.ctx)
		if err != nil {
			return nil, err
		}
		ids := treeOrder("", all)
		if len(ids) < len(all) {
			return nil, errorf(CodeBrokenPolicy, "%d organisations are below none that is there", len(all)-len(ids)).
				hint("repair the parents in rolekit_orgs")
		}
		return ids, nil
	}
	line, err := e.r.Line(e.ctx, q.Org)
	if err != nil {
		return nil, err
	}
	for _, o := range slices.Backward(line[1:]) {
		l, err := e.layer(o.ID)
		if err != nil {
			return nil, err
		}
		e.line = append(e.line, l)
	}
	ids := []OrgID{q.Org}
	if q.Below {
		below, err := e.r.Below(e.ctx, q.Org)
		if err != nil {
			return nil, err
		}
		ids = append(ids, treeOrder(q.Org, below)...)
	}
	return ids, nil
}

// treeOrder returns the ids of organisations, sorted, below one, each followed by
// those below it.
func treeOrder(root OrgID, orgs []Org) []OrgID {
	children := map[OrgID][]OrgID{}
	for _, o := range orgs {
		children[o.Parent] = append(children[o.Parent], o.ID)
	}
	ids := make([]OrgID, 0, len(orgs))
	var add func(parent OrgID)
	add = func(parent OrgID) {
		for _, id := range children[parent] {
			ids = append(ids, id)
			add(id)
		}
	}
	add(root)
	return ids
}
