// Package serving is what stands before handlers that strangers can reach:
// request ids, an access log, panics that become problem documents, headers for
// browsers, CORS and a deadline. An application takes all of it with [Handlers],
// or the parts that it does not have yet.
//
//	handlers, err := serving.Handlers(serving.Config{Logger: log})
//	engine.Use(handlers...) // before anything else
//
// What it logs and tells names routes, never paths, queries or headers: these
// hold ids and tokens.
package serving
