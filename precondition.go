package rolekit

// What a change may say, as its ifRevision, of the thing that it changes: a
// revision is the one that the caller has seen, and these say less or more. Where
// it is not so, nothing is done, and ErrConflict comes back; its Current tells how
// the thing is now.
const (
	// Whatever asks nothing: the change is made to what there is.
	Whatever Revision = 0
	// Absent says that there is none: the caller means to make it.
	Absent Revision = -1
	// Present says that there is one, however it is: the caller means to overwrite
	// what others did.
	Present Revision = -2
)

// holds reports whether a thing that is at a revision (or, for 0, is not there) is
// as the caller says.
func (said Revision) holds(at Revision) bool {
	switch said {
	case Whatever:
		return true
	case Absent:
		return at == 0
	case Present:
		return at != 0
	default:
		return at == said
	}
}

// differs is why a change of a thing that is there is not made. current is the
// thing: a Role, Group, ResourceSet or Org.
func differs(what, id string, said, at Revision, current any) *Error {
	e := errorf(CodeConflict, "%s %q was changed since: it is at revision %d, not %d", what, id, at, said).
		hint("read it again and repeat the change")
	if said == Absent {
		e = errorf(CodeConflict, "there is a %s %q already, at revision %d", what, id, at).
			hint("to change it, say that you have seen it so")
	}
	e.Current = current
	return e
}

// deletedSince refuses to create anew what the caller meant to change.
func deletedSince(what, id string) error {
	return errorf(CodeConflict, "%s %q was deleted since", what, id).hint("read the list again; to create it, name no revision")
}
