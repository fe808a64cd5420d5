// Package middleware lets a Gin application say at each route who may call it.
//
// A [Guard] finds out who a request is (Config.Identify; [JWT] and [ServiceKeys]
// are ready made),
// asks the kit, and either lets the request go on or answers it: 401 where
// nobody is identified, 403 where the kit says no, 422 where the request's
// organisation or profile is malformed or the profile is left open, and 503
// where no decision can be made. Every such answer is one RFC 9457 problem
// document, and no handler behind the guard runs.
//
// Every route says what it needs, before its handler: [Guard.Require],
// [Guard.RequireAny], [Guard.RequireAll], [Guard.RequireResource],
// [Guard.Operation], [Guard.OperationOn], [Guard.Public] or
// [Guard.DecidesItself]. One that says nothing is open to everybody, which is
// why [Guard.MustCoverAll] belongs in the application's tests.
//
// Handlers take the organisation from [Identity], never from the path or a
// header: it is the one that was asked about.
package middleware
