package main

import (
	"errors"
	"log/slog"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/cmd/rolekit/internal/policies"
)

const (
	serverFlag    = "server"
	tokenFlag     = "token"
	tokenFileFlag = "token-file"
	asFlag        = "as"

	// terminal is who acts, in the audit log, where --as names nobody.
	terminal = "cli"

	// loadedAtOnce is how many organisations are in memory at most. A command asks
	// about one, or walks over all of them once.
	loadedAtOnce = 1024
)

// policiesFlags are the settings by which a command gets policies: a database's or
// a server's.
type policiesFlags struct {
	kit              kitFlags
	log              logFlags
	server           string
	token, tokenFile string
	as, asProfile    string
}

func (p *policiesFlags) declare(cmd *cobra.Command) {
	p.kit.catalog.declare(cmd)
	flags := cmd.Flags()
	flags.Lookup(catalogFlagName).Usage = "YAML `file` that declares permissions; needed with a database, and not with --server"
	p.kit.database.declareThere(cmd)
	p.kit.database.there = true
	p.kit.watch.declare(cmd)
	p.kit.declareOperators(cmd)
	p.log.declareQuiet(cmd)
	flags.StringVar(&p.server, serverFlag, "", "`address` of a server to ask in place of a database, as far as what is before /v1")
	flags.StringVar(&p.token, tokenFlag, "", "token for the server; refused on the command line")
	_ = flags.MarkHidden(tokenFlag) // it fails only for a flag that is not there
	flags.StringVar(&p.tokenFile, tokenFileFlag, "", "`file` with the token or service key for the server; or put it into ROLEKIT_TOKEN")
	flags.StringVar(&p.as, asFlag, "", "`user` who acts, held to what they may, where a database is asked; if empty the system acts, which may everything")
	flags.StringVar(&p.asProfile, "as-profile", "", "`profile` that this user acts as, where they have several")
}

// opening is policies, and how to end with them.
type opening struct {
	policies.Policies

	finish func() // tells others of changes and closes; a command that failed calls it too
}

// open opens the database or names the server. It makes no database, and leaves
// the schema of the one that is there alone.
func (p *policiesFlags) open(cmd *cobra.Command) (*opening, error) {
	log, err := p.log.logger(cmd.ErrOrStderr())
	if err != nil {
		return nil, err
	}
	if p.server != "" {
		return p.openServer(log)
	}
	actor, err := p.actor()
	if err != nil {
		return nil, err
	}
	if p.kit.catalog == "" {
		return nil, usagef("there is nothing to ask: name a --catalog for the database, or a --%s", serverFlag)
	}
	kit, err := p.kit.open(cmd.Context(), log, func(c *rolekit.Config) { c.MaxLoaded = loadedAtOnce })
	if err != nil {
		return nil, err
	}
	return &opening{policies.NewDirect(kit.Kit, kit.store, actor), func() {
		kit.tell(cmd.Context())
		kit.close()
	}}, nil
}

func (p *policiesFlags) actor() (rolekit.Actor, error) {
	if p.as == "" {
		return rolekit.System(terminal), nil
	}
	actor := rolekit.Actor{User: rolekit.UserID(p.as), Profile: rolekit.ProfileID(p.asProfile)}
	return actor, actor.User.Validate()
}

func (p *policiesFlags) openServer(log *slog.Logger) (*opening, error) {
	if p.as != "" {
		return nil, usagef("--%s is for a database: a server goes by the token", asFlag)
	}
	token, err := p.readToken(log)
	if err != nil {
		return nil, err
	}
	server, err := policies.NewServer(policies.ServerConfig{Address: p.server, Token: token})
	if err != nil {
		return nil, err
	}
	return &opening{server, func() {}}, nil
}

// readToken returns the token. Neither its errors nor the log quote it.
func (p *policiesFlags) readToken(log *slog.Logger) (string, error) {
	switch {
	case p.token != "" && p.tokenFile != "":
		return "", usagef("both %s and --%s are set; choose one", variable(tokenFlag), tokenFileFlag)
	case p.tokenFile == "":
		return strings.TrimSpace(p.token), nil
	}
	text, err := os.ReadFile(p.tokenFile)
	if err != nil {
		return "", usagef("the token cannot be read: %w", err)
	}
	warnOfReaders(log, p.tokenFile, "the token, and do what its holder may")
	return strings.TrimSpace(string(text)), nil
}

// refuseBoth refuses a command line that names a server, and what only a database
// has. Settings from elsewhere are for several commands, and a server goes before.
func refuseBoth(cmd *cobra.Command) error {
	if f := cmd.Flags().Lookup(serverFlag); f == nil || !f.Changed {
		return nil
	}
	var both []string
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if slices.Contains([]string{databaseFlag, databaseFileFlag, catalogFlagName}, f.Name) {
			both = append(both, "--"+f.Name)
		}
	})
	if len(both) == 0 {
		return nil
	}
	return usagef("--%s goes without %s: a server has its own", serverFlag, strings.Join(both, " and "))
}

// withPolicies opens the policies, does something with them and closes them.
func withPolicies(cmd *cobra.Command, p *policiesFlags, do func(policies.Policies) error) error {
	o, err := p.open(cmd)
	if err != nil {
		return err
	}
	defer o.finish()
	return do(o)
}

// orgFlag is the organisation that a command is about.
type orgFlag string

func (o *orgFlag) declare(cmd *cobra.Command, usage string) {
	cmd.Flags().StringVar((*string)(o), "org", "", usage)
}

// need returns the organisation, which must be named.
func (o *orgFlag) need() (rolekit.OrgID, error) {
	if *o == "" {
		return "", usagef("--org is missing; rolekit orgs lists the organisations")
	}
	return rolekit.OrgID(*o), rolekit.OrgID(*o).Validate()
}

// nearestOrg adds to an error about an organisation that is not there which of those
// that can be seen has the nearest name.
func nearestOrg(cmd *cobra.Command, p policies.Policies, org rolekit.OrgID, err error) error {
	if !errors.Is(err, rolekit.ErrOrgNotFound) && !errors.Is(err, rolekit.ErrPermissionDenied) {
		return err
	}
	orgs, listErr := p.Orgs(cmd.Context())
	if listErr != nil || slices.ContainsFunc(orgs, func(o policies.Org) bool { return o.ID == org }) {
		return err
	}
	e, _ := errors.AsType[*rolekit.Error](err)
	hinted := *e
	if hinted.Hint == "" { // else it says what who is denied would need
		hinted.Hint = "rolekit orgs lists those that you see"
	}
	if len(orgs) > 0 {
		known := make([]string, len(orgs))
		for i, o := range orgs {
			known[i] = string(o.ID)
		}
		if near := nearest(string(org), known); isNear(string(org), near) {
			hinted.Hint = "did you mean " + near + "?"
		}
	}
	return &hinted
}
