package casbinengine

import "github.com/casbin/casbin/v2"

// Enforcer returns the one that serves now.
func (e *Engine) Enforcer() *casbin.Enforcer { return e.current.Load().enforcer }
