package rolekit

import (
	"testing"
	"unsafe"
)

// TestSnapshotFitsItsLines: Go gives what has 128 bytes a place that starts a line
// of the processor's cache.
func TestSnapshotFitsItsLines(t *testing.T) {
	t.Parallel()
	var s snapshot
	if size := unsafe.Sizeof(s); size != 128 {
		t.Errorf("a snapshot has %d bytes, want 128", size)
	}
	if end := unsafe.Offsetof(s.revision) + unsafe.Sizeof(s.revision); end > 64 {
		t.Errorf("what a check needs ends at byte %d", end)
	}
	if size := unsafe.Sizeof(rights{}); size > 64 {
		t.Errorf("rights have %d bytes, want 64 at most", size)
	}
}
