package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v4"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/adapter/plaincasbin"
)

const importHelp = `With a FILE: makes organisations what a document of rolekit export says, or, where
its name ends in .csv, lines of Casbin's CSV in the shape of model.conf. Each is
created where it is not there, and has afterwards what the file says and nothing else;
organisations that the file does not name, and service keys, stay as they are. With
--org it is that one alone.

The plan that it prints is what would come (+), go (-) or become another (~), and it
exits with 4, until --apply: then each organisation is restored in one transaction, in
the order of the file. One that is refused ends it there; those before it are done,
and found done when it is tried again. The whole file is read and checked before
anything is changed. A second time there is nothing to do.

What the catalog does not have is refused, unless the database has it already. With
--leave-unknown grants are left out, and roles of a profile that left the catalog are
taken as they are; each is listed.

With --from-casbin: adopts a database in which a Casbin program keeps policies of the
usual kind (p, sub, dom, obj, act and g, user, role, dom) in casbin_rule: domains
become organisations, roles custom roles of theirs, and users hold what they held.

It prints a plan that says what becomes of the rows: which cannot be said in
rolekit, and why; and what would be allowed that was not. That is all, and it
exits with 4, until --apply: then it is done in one transaction, in which the rows
are first copied, as they are, to the table ` + plaincasbin.Backup + `.
Stop what writes plain rows before. Doing it again finds nothing to do.

Rows that cannot be said keep it from being done. Name what they speak of in the
file of names, or say with --leave-unknown that they stay in the copy alone:

  domains: {ACME Inc: acme}
  roles: {"role:admin": admin}
  users: {Alice Smith: alice}
  permissions:
    /invoices/*: {GET: "invoices:read"}`

// importFlags are the settings of import.
type importFlags struct {
	kit           kitFlags
	log           logFlags
	casbin, apply bool
	org           string
	names         string
	profile       string
	creator       string
	lone          string
	consent       plaincasbin.Consent
}

func newImport() *cobra.Command {
	var i importFlags
	cmd := &cobra.Command{
		Use:   "import [FILE]",
		Short: "Restore what an export says, or adopt a plain Casbin program's policies",
		Long:  importHelp,
		Args:  oneFile,
		RunE: func(cmd *cobra.Command, files []string) error {
			var err error
			if len(files) > 0 {
				err = i.restore(cmd, files[0])
			} else {
				err = i.run(cmd)
			}
			return brokenOff(cmd.Context(), err, "nothing was changed")
		},
	}
	i.kit.declare(cmd)
	i.kit.database.mustBeThere()
	i.log.declareQuiet(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&i.casbin, "from-casbin", false, "from the rows of a Casbin program in casbin_rule, where there is no FILE")
	flags.StringVar(&i.org, "org", "", "with a FILE: `organisation` of it to restore; all where empty")
	flags.BoolVar(&i.apply, "apply", false, "do what the plan says")
	flags.StringVar(&i.names, "names", "", "YAML `file` with new names for domains, roles, users and permissions")
	flags.StringVar(&i.profile, "profile", "", "`profile` that the roles are for, where the catalog has several")
	flags.StringVar(&i.creator, "creator", "", "`user` who gets the catalog's creator role in each organisation, to manage it")
	flags.StringVar(&i.lone, "lone-subjects", "", "`what` a sub in p rows is that no g row has: role or user; refused where empty")
	flags.BoolVar(&i.consent.Leave, "leave-unknown", false,
		"leave rows that cannot be said behind, in the copy; with a FILE: leave out grants that the catalog does not have, "+
			"and take what is of a profile that it does not have as it is")
	flags.BoolVar(&i.consent.Gains, "accept-gains", false, "let the plan allow what the rows did not")
	i.completes(cmd)
	return cmd
}

func (i *importFlags) run(cmd *cobra.Command) error {
	log, err := i.log.logger(cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	config, err := i.config()
	if err != nil {
		return err
	}
	plan, err := i.look(cmd.Context(), config, log)
	if err != nil {
		return err
	}
	if err := plan.Write(cmd.OutOrStdout()); err != nil {
		return err
	}
	switch refused, gains := len(plan.Refused), len(plan.Gains); {
	case plan.Rows() == 0:
		return nil
	case refused > 0 && !i.consent.Leave:
		return fmt.Errorf("nothing was changed: %d of the rows cannot be said in rolekit; name what they speak of in a file for --names, "+
			"or leave them behind with --leave-unknown", refused)
	case gains > 0 && !i.consent.Gains:
		return fmt.Errorf("nothing was changed: the plan would allow what the rows do not (%d gained); change the catalog, or agree with --accept-gains", gains)
	case !i.apply:
		return pendingError("nothing was changed yet; --apply does it")
	}
	return i.do(cmd, config, log)
}

// look makes the plan of what is there, and changes nothing.
func (i *importFlags) look(ctx context.Context, config plaincasbin.Config, log *slog.Logger) (*plaincasbin.Plan, error) {
	at, err := i.kit.database.target(log)
	if err != nil {
		return nil, err
	}
	if err := i.kit.watch.check(at, i.kit.database.most); err != nil {
		return nil, err
	}
	db, err := i.kit.database.connectThere(at)
	if err != nil {
		return nil, err
	}
	defer db.close(log)
	return planOf(ctx, db, config)
}

// do makes the plan again, of what is there once the database is up to date, and
// does it.
func (i *importFlags) do(cmd *cobra.Command, config plaincasbin.Config, log *slog.Logger) error {
	kit, err := i.kit.open(cmd.Context(), log, nil)
	if err != nil {
		return err
	}
	defer kit.close()
	plan, err := planOf(cmd.Context(), kit.database, config)
	if err != nil {
		return err
	}
	to := plaincasbin.Target{DB: kit.database.DB, Join: kit.store.Join, Kit: kit.Kit}
	var shown func()
	to.Progress, shown = changing(cmd.ErrOrStderr())
	err = plaincasbin.Apply(cmd.Context(), to, plan, i.consent)
	shown()
	if err != nil {
		return err
	}
	kit.tell(cmd.Context())
	outcome := fmt.Sprintf("done; the rows are in the table %s as they were", plaincasbin.Backup)
	return untold(outcome, say(cmd, "\n%s\n", outcome))
}

func planOf(ctx context.Context, db *database, config plaincasbin.Config) (*plaincasbin.Plan, error) {
	found, err := plaincasbin.Read(ctx, db.DB)
	if err != nil {
		return nil, err
	}
	return plaincasbin.NewPlan(found, config)
}

func (i *importFlags) config() (plaincasbin.Config, error) {
	if !i.casbin {
		return plaincasbin.Config{}, usagef("what to import is missing; name a file, or say --from-casbin")
	}
	catalog, err := i.kit.catalog.read()
	if err != nil {
		return plaincasbin.Config{}, err
	}
	names, err := readNames(i.names)
	return plaincasbin.Config{
		Catalog: catalog, Creator: rolekit.UserID(i.creator), Lone: plaincasbin.Kind(i.lone), Names: names, Profile: rolekit.ProfileID(i.profile),
	}, err
}

// readNames reads the file of names strictly.
func readNames(path string) (names plaincasbin.Names, err error) {
	if path == "" {
		return names, nil
	}
	src, err := os.ReadFile(path) //nolint:gosec // the file is the caller's own choice
	if err != nil {
		return names, usagef("the names cannot be read: %w", err)
	}
	var file struct {
		Domains     map[string]rolekit.OrgID
		Roles       map[string]rolekit.RoleID
		Users       map[string]rolekit.UserID
		Permissions map[string]map[string]rolekit.Permission
	}
	decoder := yaml.NewDecoder(bytes.NewReader(src))
	decoder.KnownFields(true)
	if err := decoder.Decode(&file); err != nil && !errors.Is(err, io.EOF) {
		return names, usagef("%s: %w; it holds domains, roles, users and permissions", path, err)
	}
	return plaincasbin.Names(file), nil
}
