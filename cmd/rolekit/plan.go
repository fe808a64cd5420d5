package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit"
)

const planHelp = `Compares the catalog's file with the catalog that was applied last and with the
database, and tells what rolekit apply would do. It changes nothing.

  +  is new            ~  is other            -  is not in the file any more
  >  has another name (renamed_from in the file), and all grants follow
  ?  is a default role that no file declares; it is left as it is

Default roles that were edited in the database since, grants that custom roles
would lose, and default roles that leave while somebody holds them are shown with
the flags that decide about them, which are those of rolekit apply.

It exits with 0 when there is nothing to do, 2 when there is something, and 1 when
it cannot tell, whatever the reason. --json prints an object for programs.`

const applyHelp = `Makes the database what the catalog's file says, in one transaction: default roles
and baselines, what follows renames, and what is kept of the catalog to compare
with. It prints the plan that it does, as rolekit plan does; doing it again does
nothing.

Nothing is done, and the code is told, where something has to be decided:

  drifted      a default role or baseline was edited in the database since the
               catalog was applied last: --keep ROLE or --overwrite ROLE (of a
               profile's baseline, baseline:PROFILE); --keep-all, --overwrite-all
  grants_held  custom roles grant what the catalog has no more:
               --drop-grants PERMISSION, or --map-grants PERMISSION=OTHER
  role_in_use  a default role leaves that somebody holds: --replace ROLE=OTHER, or
               --leave-roles; or becomes one of another profile: --replace ROLE=OTHER,
               or --replace ROLE=ROLE where users and groups are to hold it on

A permission that is new is given to default roles by the file. In custom roles
that are older it waits to be reviewed (rolekit review), or goes to those that the
file's grant_to_roles_holding names.

It exits with 0 when it is done or there was nothing to do.`

// applyFlags are the settings of plan and apply.
type applyFlags struct {
	kit     kitFlags
	log     logFlags
	choices rolekit.CatalogChoices
	json    bool

	drop                 []string
	mapped, replacements pairs
}

func (f *applyFlags) declare(cmd *cobra.Command) {
	f.log.declareQuiet(cmd)
	f.mapped, f.replacements = pairs{}, pairs{}
	flags := cmd.Flags()
	flags.BoolVar(&f.json, "json", false, "print the plan as one JSON object")
	flags.StringSliceVar(&f.choices.Keep, "keep", nil, "`roles` that stay as they were edited in the database; baseline:PROFILE is a baseline")
	flags.BoolVar(&f.choices.KeepAll, "keep-all", false, "keep all that was edited and is not overwritten")
	flags.StringSliceVar(&f.choices.Overwrite, "overwrite", nil, "`roles` that become what the file says though they were edited")
	flags.BoolVar(&f.choices.OverwriteAll, "overwrite-all", false, "overwrite all that was edited and is not kept")
	flags.BoolVar(&f.choices.LeaveRoles, "leave-roles", false, "leave default roles that the file does not declare any more as they are")
	flags.Var(f.replacements, "replace", "`ROLE=OTHER`: who holds a default role that leaves, or leaves its profile, gets the other one")
	flags.StringSliceVar(&f.drop, "drop-grants", nil, "`permissions` that custom roles lose, as the catalog has them no more")
	flags.Var(f.mapped, "map-grants", "`PERMISSION=OTHER`: custom roles get the other one in its place")
	f.completes(cmd)
}

// choose takes in what the flags say. What makes no sense is refused before there is a
// database.
func (f *applyFlags) choose() {
	f.kit.check = f.choices.Check
	for _, p := range f.drop {
		f.choices.DropGrants = append(f.choices.DropGrants, rolekit.Permission(p))
	}
	f.choices.MapGrants = map[rolekit.Permission]rolekit.Permission{}
	for from, to := range f.mapped {
		f.choices.MapGrants[rolekit.Permission(from)] = rolekit.Permission(to)
	}
	f.choices.Replace = map[rolekit.RoleID]rolekit.RoleID{}
	for from, to := range f.replacements {
		f.choices.Replace[rolekit.RoleID(from)] = rolekit.RoleID(to)
	}
}

// detailed is the annotation of commands whose exit code tells what they found: 1 is
// any failure, and 2 that there is something.
const detailed = "detailed-exit-code"

func newPlan() *cobra.Command {
	var f applyFlags
	cmd := &cobra.Command{
		Use:         "plan",
		Short:       "Tell what applying the catalog would do",
		Long:        planHelp,
		Args:        noArguments,
		Annotations: map[string]string{detailed: "true"},
		RunE: func(cmd *cobra.Command, _ []string) error {
			logger, err := f.log.logger(cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			f.choose()
			k, err := f.kit.openToLook(cmd.Context(), logger)
			if err != nil {
				return err
			}
			defer k.close()
			plan, err := k.Manager().As(rolekit.System("apply")).PlanCatalog(cmd.Context(), f.choices)
			if err != nil {
				return err
			}
			if err := f.write(cmd, &plan); err != nil {
				return err
			}
			if plan.Empty() {
				return nil
			}
			if len(plan.Refused) > 0 {
				return pendingError("there is something to do, and rolekit apply would be refused; see above")
			}
			return pendingError("there is something to do; rolekit apply does it")
		},
	}
	f.kit.catalog.declare(cmd)
	f.kit.database.declareThere(cmd)
	f.declare(cmd)
	return cmd
}

func newApply() *cobra.Command {
	var f applyFlags
	cmd := &cobra.Command{
		Use:   "apply",
		Short: "Make the database what the catalog says",
		Long:  applyHelp,
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return brokenOff(cmd.Context(), f.apply(cmd), "the catalog was not applied, unless that was being committed just then: rolekit plan tells")
		},
	}
	f.kit.declare(cmd)
	f.declare(cmd)
	return cmd
}

func (f *applyFlags) apply(cmd *cobra.Command) error {
	logger, err := f.log.logger(cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	f.choose()
	k, err := f.kit.open(cmd.Context(), logger, nil)
	if err != nil {
		return err
	}
	defer k.close()
	defer k.tell(cmd.Context())
	var shown func()
	f.choices.Progress, shown = changing(cmd.ErrOrStderr())
	plan, err := k.Manager().As(rolekit.System("apply")).ApplyCatalog(cmd.Context(), f.choices)
	shown()
	if len(plan.Refused) > 0 {
		return errors.Join(refusedError(&plan, &f.choices), f.write(cmd, &plan))
	}
	if err != nil {
		return err
	}
	err = f.write(cmd, &plan)
	if err == nil && !f.json && !plan.Empty() {
		err = say(cmd, "applied\n")
	}
	return untold("the catalog is applied", err)
}

// refusedError is all that a plan is refused for.
func refusedError(p *rolekit.CatalogPlan, choices *rolekit.CatalogChoices) error {
	lines := refusedLines(p, choices)
	slices.Sort(lines)
	return errors.New("nothing was changed: " + strings.Join(slices.Compact(lines), "; "))
}

// openToLook is open for a command that changes nothing: it makes no file, and does no
// migration.
func (k *kitFlags) openToLook(ctx context.Context, log *slog.Logger) (*opened, error) {
	catalog, err := k.readCatalog()
	if err != nil {
		return nil, err
	}
	at, err := k.database.target(log)
	if err != nil {
		return nil, err
	}
	db, err := k.database.connectThere(at)
	if err != nil {
		return nil, err
	}
	o := &opened{database: db, log: log}
	if o.store, err = k.database.storeAsItIs(ctx, db); err == nil {
		o.Kit, err = rolekit.New(ctx, o.store, rolekit.Config{Catalog: catalog, Logger: log, Access: reachNothing(catalog)})
	}
	if err != nil {
		o.close()
		return nil, err
	}
	return o, nil
}
