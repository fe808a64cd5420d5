package flat

import (
	"strings"
	"testing"
)

// TestEqualLooksAtAll of names of any length, wherever they differ.
func TestEqualLooksAtAll(t *testing.T) {
	t.Parallel()
	for size := range 40 {
		a := strings.Repeat("a", size)
		if !equal(a, strings.Clone(a)) || equal(a, a+"a") {
			t.Errorf("%d bytes are not what they are", size)
		}
		for at := range size {
			if b := a[:at] + "b" + a[at+1:]; equal(a, b) || Hash(a) == Hash(b) {
				t.Errorf("%q is %q", a, b)
			}
		}
	}
}
