package main

import (
	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/persist/cache"
)

// newCached puts Casbin's cache before an enforcer that knows everything. What the
// enforcer has not been asked comes from it; heat fills the cache.
func newCached(w *world, plain casbinPlain) (casbinCached, *cache.DefaultCache, error) {
	s := casbinCached{words: plain.words}
	m, err := w.casbinModel()
	if err != nil {
		return s, nil, err
	}
	e, err := casbin.NewCachedEnforcer(m)
	if err != nil {
		return s, nil, err
	}
	kept := &cache.DefaultCache{}
	e.SetCache(kept)
	e.Enforcer = plain.of("")
	s.of = func(string) *casbin.CachedEnforcer { return e }
	return s, kept, nil
}

// heat fills a cache with the answers to all questions, as if each had been asked
// once: by asking that takes the enforcer of many organisations days.
func heat(c *cache.DefaultCache, words *words, questions []question) error {
	for _, q := range questions {
		name, _ := casbin.GetCacheKey(q.user, q.org, words.objects[q.permission], words.actions[q.permission])
		if err := c.Set(name, q.allowed); err != nil {
			return err
		}
	}
	return nil
}
