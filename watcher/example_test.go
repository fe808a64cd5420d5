package watcher_test

import (
	"log"
	"sync/atomic"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"
	"github.com/casbin/casbin/v2/persist"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/watcher"
)

// Another Casbin program follows what a kit changes. It makes a new enforcer
// each time, so that no request sees one that is half loaded.
func ExampleCasbin() { //nolint:testableexamples // what it shows needs a server
	var (
		news  rolekit.Watcher // as in the kit's process
		m     model.Model
		rules persist.Adapter
	)

	// docs:begin
	var current atomic.Pointer[casbin.Enforcer] // requests ask current.Load()
	w := watcher.Casbin(news, watcher.Config{Lost: func(err error) { log.Println("policies may be old:", err) }})
	defer w.Close()
	err := w.SetUpdateCallback(func(string) {
		fresh, err := casbin.NewEnforcer(m.Copy(), rules)
		if err != nil {
			log.Println("policies cannot be loaded, going on with old ones:", err)
			return
		}
		current.Store(fresh)
	})
	// docs:end
	if err != nil {
		log.Print(err)
	}
}
