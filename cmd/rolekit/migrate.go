package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit/adapter"
)

const migrateHelp = `Brings the database up to date, and tells what it did. It only goes forward, and
doing it again does nothing; several at once wait for each other. Its user needs
the right to create tables and indexes, which serve does not.

With --status it changes nothing and lists the migrations; it exits with 4 where
some are pending.`

func newMigrate() *cobra.Command {
	var (
		database databaseFlags
		log      logFlags
		status   bool
	)
	cmd := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the database up to date",
		Long:  migrateHelp,
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			logger, err := log.logger(cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			at, err := database.target(logger)
			if err != nil {
				return err
			}
			connect := database.connect
			if status {
				connect = database.connectThere
			}
			db, err := connect(at)
			if err != nil {
				return err
			}
			defer db.close(logger)
			if status {
				return db.writeStatus(cmd.Context(), cmd.OutOrStdout())
			}
			return db.migrate(cmd.Context(), cmd.OutOrStdout())
		},
	}
	database.declare(cmd)
	log.declare(cmd)
	cmd.Flags().BoolVar(&status, "status", false, "list the migrations and when they were done, and change nothing")
	return cmd
}

func (db *database) migrate(ctx context.Context, out io.Writer) error {
	before, err := db.schema(ctx)
	if err != nil {
		return err
	}
	if before.newer > 0 {
		return db.ready(ctx)
	}
	if err := adapter.Migrate(ctx, db.DB); err != nil {
		return databaseError(db.at, err)
	}
	after, err := db.schema(ctx)
	if err != nil {
		return err
	}
	var b strings.Builder
	for i, m := range after.all {
		if i < len(before.all) && before.all[i].Applied.IsZero() {
			fmt.Fprintf(&b, "done: %d %s\n", m.Version, m.Name)
		}
	}
	outcome := fmt.Sprintf("the database is up to date at version %d", after.all[len(after.all)-1].Version)
	_, err = fmt.Fprintf(out, "%s%s\n", &b, outcome)
	return untold(outcome, err)
}

func (db *database) writeStatus(ctx context.Context, out io.Writer) error {
	state, err := db.schema(ctx)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "VERSION\tNAME\tAPPLIED") // Flush returns its error
	for _, m := range state.all {
		name, applied := m.Name, "pending"
		if name == "" {
			name = "(of a newer rolekit)"
		}
		if !m.Applied.IsZero() {
			applied = m.Applied.UTC().Format(time.RFC3339)
		}
		_, _ = fmt.Fprintf(table, "%d\t%s\t%s\n", m.Version, name, applied)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if state.pending > 0 {
		return pendingError("migrations are pending; rolekit migrate does them")
	}
	if state.newer > 0 {
		return db.ready(ctx)
	}
	return nil
}
