package rolekit

import (
	"testing"
	"unsafe"
)

// TestSnapshotFitsItsLines: Go gives what has 192 bytes a place that starts a line
// of the processor's cache.
func TestSnapshotFitsItsLines(t *testing.T) {
	t.Parallel()
	var s snapshot
	if size := unsafe.Sizeof(s); size != 192 {
		t.Errorf("a snapshot has %d bytes, want 192", size)
	}
	if size := unsafe.Sizeof(cell{}); size != 32 {
		t.Errorf("a cell has %d bytes, want 32", size)
	}
	if size := unsafe.Sizeof(rights{}); size > 64 {
		t.Errorf("rights have %d bytes, want 64 at most", size)
	}
}
