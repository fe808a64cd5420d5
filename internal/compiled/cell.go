package compiled

import "sync/atomic"

// Cell holds rights once they are known, and beside them what most checks ask:
// half a line of the processor's cache, where the rights themselves lie elsewhere.
// Its zero value holds none. It is safe for concurrent use.
type Cell[A ~string] struct {
	any    [lowBits / word]atomic.Uint64
	plain  atomic.Uint64 // see Plain
	rights atomic.Pointer[Rights[A]]
}

// What plain is, beside the number of the profile.
const (
	isPlain  = 1 << 32
	narrower = 1 << 33 // there are limited ones as well
)

// Rights returns what is held; nil for nothing yet.
func (c *Cell[A]) Rights() *Rights[A] { return c.rights.Load() }

// Put makes the cell hold rights. Several may put rights at once that differ in time
// alone.
func (c *Cell[A]) Put(r *Rights[A]) {
	c.rights.Store(r)
	number, only := r.Only()
	if !only || !r.Timeless() {
		return
	}
	plain := isPlain | uint64(number) //nolint:gosec // there are few profiles
	if len(r.First().Limited()) > 0 {
		plain |= narrower
	}
	for i, bits := range r.First().Any.low {
		c.any[i].Store(bits)
	}
	c.plain.Store(plain) // the last, as the rest is read once it is there
}

// Profile returns the number of the single profile that rights are as which hold at
// any time; it is not ok where none such are held.
func (c *Cell[A]) Profile() (number int, ok bool) {
	plain := c.plain.Load()
	return int(uint32(plain)), plain != 0 //nolint:gosec // the lower half is the number
}

// Plain answers for rights that hold at any time, as a single profile, without a
// look at them: the number of the profile, and whether the permission is held as
// far as everything of the organisation. It is not known where something narrower
// might give it, and where the rights are not that plain.
func (c *Cell[A]) Plain(permission int) (profile int, has, known bool) {
	plain := c.plain.Load()
	switch {
	case plain == 0:
		return 0, false, false
	case uint(permission) < lowBits:
		has = c.any[uint(permission)/word].Load()>>(uint(permission)%word)&1 != 0
	default:
		has = c.Rights().First().Any.Has(permission)
	}
	return int(uint32(plain)), has, has || plain&narrower == 0 //nolint:gosec // the lower half is the number
}
