package rolekit

import "context"

// Identity is who a request is: a user, in an organisation, as one profile.
type Identity struct {
	User UserID
	Org  OrgID
	// Profile is the one the user acts as. Where it is empty, the user acts as
	// the only profile they hold a role of; one who holds several must choose.
	Profile ProfileID
}

type identityKey struct{}

// WithIdentity returns a context that carries the identity; middleware puts it
// there, and the API reads it.
func WithIdentity(ctx context.Context, who Identity) context.Context {
	return context.WithValue(ctx, identityKey{}, who)
}

// IdentityFrom returns the identity that the context carries.
func IdentityFrom(ctx context.Context) (Identity, bool) {
	who, ok := ctx.Value(identityKey{}).(Identity)
	return who, ok
}

// Actor is who changes a policy: a user, held to what they may do, or the
// system (a seed, an operator at a terminal with access to the database),
// which is held to the invariants only.
type Actor struct {
	User    UserID
	Profile ProfileID
	system  string
}

// As returns the identity as an actor.
func (who Identity) As() Actor { return Actor{User: who.User, Profile: who.Profile} }

// System returns an actor that no permission binds. name tells the audit log
// what it was: "seed", "cli".
func System(name string) Actor { return Actor{system: name} }

// String names the actor as the audit log does: user:ada, service:ci, system:seed.
func (a Actor) String() string {
	if a.system != "" {
		return "system:" + a.system
	}
	return userSubject(a.User).String()
}

func (a Actor) isSystem() bool { return a.system != "" }
