package rolekit

import _ "embed"

// ModelConf is the Casbin model that gives stored rules their meaning. Other
// Casbin programs may evaluate the casbin_rule table with it; they supply the
// functions implies and reaches themselves.
//
//go:embed model.conf
var ModelConf string
