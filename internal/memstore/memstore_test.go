package memstore_test

import (
	"testing"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter/adaptertest"
	"github.com/rolekit/rolekit/internal/memstore"
)

func TestStore(t *testing.T) {
	t.Parallel()
	adaptertest.Run(t, func(*testing.T) rolekit.Store { return memstore.New() })
}
