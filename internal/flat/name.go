package flat

import (
	"math/bits"
	"math/rand/v2"
)

const (
	eight   = 8
	sixteen = 16
)

// secret makes it unknowable which names meet in a table, as somebody may have
// chosen them for that.
//
//nolint:gochecknoglobals // constants of the process
var secret = [...]uint64{rand.Uint64(), rand.Uint64(), rand.Uint64()} //nolint:gosec // the runtime's generator is a cipher

// Hash is what the place of a name follows from, in every map. It is made as
// wyhash is (Wang Yi, 2019): of products of 128 bits, folded. Most names are short
// enough for one.
func Hash(name string) uint64 {
	var head, tail uint64
	if len(name) >= eight {
		head, tail = load(name), load(name[len(name)-eight:])
	} else {
		for i := range len(name) {
			head = head<<8 | uint64(name[i])
		}
	}
	hash := fold(head^secret[0]^uint64(len(name)), tail^secret[1])
	for at := eight; at < len(name)-eight; at += eight {
		hash = fold(hash^load(name[at:]), secret[2])
	}
	return hash
}

func fold(a, b uint64) uint64 {
	high, low := bits.Mul64(a, b)
	return high ^ low
}

// load returns the first eight bytes, which the compiler makes one step of.
func load(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// equal is ==, and compares most names without a call.
func equal(a, b string) bool {
	switch {
	case len(a) != len(b):
		return false
	case len(a) < eight:
		return a == b
	default:
		return load(a) == load(b) && load(a[len(a)-eight:]) == load(b[len(b)-eight:]) && (len(a) <= sixteen || a == b)
	}
}
