package rolekit

import "sync"

// keyIndex tells of which organisation a service key is, as far as memory knows: a
// place to look, since the organisation's policy says whether it still is. Reading
// takes no lock.
type keyIndex struct{ orgs sync.Map } // KeyID to OrgID

func (x *keyIndex) orgOf(id KeyID) (OrgID, bool) {
	v, ok := x.orgs.Load(id)
	org, _ := v.(OrgID)
	return org, ok
}

// move takes out the keys of one layer of an organisation and puts in those of
// another, either of which may be nil.
func (x *keyIndex) move(had, has *layer) {
	if had != nil {
		for id := range had.keys {
			if has == nil || has.keys[id] == nil {
				x.orgs.Delete(id)
			}
		}
	}
	if has != nil {
		for id := range has.keys {
			if had == nil || had.keys[id] == nil {
				x.orgs.Store(id, has.id())
			}
		}
	}
}
