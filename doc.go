// Package rolekit answers one question for multi-tenant Go applications: may
// this user, acting as this profile in this organisation, do this to that?
// And it lets an organisation's own admins edit the answer safely.
//
// A [Catalog] says which permissions exist. A [Store] keeps who holds what.
// [New] joins the two into a [Kit], whose [Kit.Can] decides and whose
// [Kit.Manager] is the only way to change anything. Casbin is the policy
// language: model.conf, embedded as [ModelConf], is what a stored policy means.
//
// Code asks for a [Permission], never for a role. Grants add up and nothing
// ever denies: a user's rights are the union over their roles, what those
// include, and the organisation's ancestors. When in doubt the answer is no.
package rolekit
