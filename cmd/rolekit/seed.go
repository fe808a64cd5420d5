package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/cmd/rolekit/internal/screen"
	"github.com/rolekit/rolekit/seed"
)

const seedHelp = `Makes the default roles in the database what the catalog declares, and tells
what it added, changed and left alone. Doing it again changes nothing.

With --operators and --operator it also creates the operators' organisation
where it is missing, and gives that user the catalog's creator role in it: the
first admin of a new installation.`

func newSeed() *cobra.Command {
	var (
		kit      kitFlags
		log      logFlags
		operator string
	)
	cmd := &cobra.Command{
		Use:   "seed",
		Short: "Apply the catalog's default roles",
		Long:  seedHelp,
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			logger, err := log.logger(cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			if operator != "" && kit.operators == "" {
				return usagef("--operator needs --operators: the organisation that %q runs", operator)
			}
			k, err := kit.open(cmd.Context(), logger, nil)
			if err != nil {
				return err
			}
			defer k.close()
			defer k.tell(cmd.Context())
			report, err := seed.Apply(cmd.Context(), k.Kit)
			if err != nil {
				return err
			}
			if err := report.Write(cmd.OutOrStdout()); err != nil {
				return untold("the default roles are applied", err)
			}
			if operator == "" {
				return nil
			}
			return seedOperators(cmd, k.Kit, rolekit.OrgID(kit.operators), rolekit.UserID(operator))
		},
	}
	kit.declare(cmd)
	kit.declareOperators(cmd)
	log.declareQuiet(cmd)
	cmd.Flags().StringVar(&operator, "operator", "", "`user` who gets the creator role where --operators is created")
	completer{&kit, nil}.flags(cmd)
	return cmd
}

func seedOperators(cmd *cobra.Command, k *rolekit.Kit, org rolekit.OrgID, user rolekit.UserID) error {
	role := k.Catalog().Creator()
	if role == "" {
		return usagef("the catalog names no creator role, so --operator would get nothing; add a line creator: …")
	}
	created, err := seed.Organisations(cmd.Context(), k, seed.Organisation{NewOrg: rolekit.NewOrg{ID: org, Creator: user}})
	if err != nil {
		return err
	}
	outcome := fmt.Sprintf("organisation %s: created; %s is %s", org, screen.Safe(string(user)), role)
	if len(created) == 0 {
		outcome = fmt.Sprintf("organisation %s: there already; left alone", org)
	}
	return untold(outcome, say(cmd, "%s\n", outcome))
}
