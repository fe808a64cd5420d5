package rolekit

// Resource is one thing that a permission is asked for: an invoice, a project.
// The application's own types implement it.
type Resource interface {
	// AccessFacts tells what a decision depends on. It must not block.
	AccessFacts() Facts
}

// Facts are what a decision may depend on of a resource. A fact left empty
// matches nobody.
type Facts struct {
	ID    ResourceID
	Owner UserID // who it belongs to, for access own
	Team  TeamID // whose it is, for access team
}

// AccessFacts makes Facts a [Resource] of its own.
func (f Facts) AccessFacts() Facts { return f }
