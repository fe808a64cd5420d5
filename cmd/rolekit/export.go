package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/policyfile"
)

const exportHelp = `Writes what organisations say, as one YAML document that rolekit import reads:
the tree, roles with grants and includes, groups and who is in them, resource sets,
members, assignments with their periods, who acts as which profile, and which new
permissions wait in roles for a review; of all organisations, or with --org of one, and
with --below of those below it too. With all of them goes what they share: default
roles and baselines, as they are stored, and the catalog that was applied last.

It is all of one moment. The same policies give the same bytes. What is not in it:
the audit log, revisions, when things were made, kept replies, and service keys
with what they hold.

--format casbin writes lines of Casbin's CSV in the shape of model.conf instead. They
cannot say labels, descriptions, who acts as what, what waits for a review, which
catalog was applied last, and the tree: what they leave out is listed, and organisations below others are refused unless --leave-unsaid.`

const (
	formatYAML   = "yaml"
	formatCasbin = "casbin"

	// fewLoaded is how many organisations a command keeps that goes through all.
	fewLoaded = 64
)

// exportFlags are the settings of export.
type exportFlags struct {
	kit    kitFlags
	log    logFlags
	org    string
	below  bool
	format string
	output string
	leave  bool
}

func newExport() *cobra.Command {
	var e exportFlags
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write what organisations say as one document",
		Long:  exportHelp,
		Args:  noArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return e.run(cmd) },
	}
	e.kit.catalog.declare(cmd)
	e.kit.database.declareThere(cmd)
	e.kit.watch.by = watchNone // it changes nothing
	e.log.declareQuiet(cmd)
	flags := cmd.Flags()
	flags.StringVar(&e.org, "org", "", "`organisation` to export; all where empty")
	flags.BoolVar(&e.below, "below", false, "with --org: those below it too")
	flags.StringVar(&e.format, "format", formatYAML, "`format`: yaml, or casbin for Casbin's CSV")
	flags.StringVar(&e.output, "output", "", "`file` to write, whole or not at all; where empty, it is printed")
	flags.BoolVar(&e.leave, "leave-unsaid", false, "with --format casbin: leave out which organisation is below which")
	completer{&e.kit, nil}.flags(cmd)
	_ = cmd.RegisterFlagCompletionFunc("format", fixed(formatYAML, formatCasbin)) // it fails only for a flag that is not there
	return cmd
}

func (e *exportFlags) run(cmd *cobra.Command) error {
	switch {
	case e.below && e.org == "":
		return usagef("--below needs --org: the organisation whose part is exported")
	case e.format != formatYAML && e.format != formatCasbin:
		return usagef("there is no format %q; use %s or %s", e.format, formatYAML, formatCasbin)
	case e.leave && e.format != formatCasbin:
		return usagef("--leave-unsaid is for --format %s; YAML says it all", formatCasbin)
	}
	if err := noFolder(e.output); err != nil {
		return err
	}
	q := rolekit.ExportQuery{Org: rolekit.AllOrgs, Below: e.below}
	if e.org != "" {
		q.Org = rolekit.OrgID(e.org)
		if err := q.Org.Validate(); err != nil {
			return err
		}
	}
	log, err := e.log.logger(cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	kit, err := e.kit.look(cmd.Context(), log)
	if err != nil {
		return err
	}
	defer kit.close()
	if e.output == "" {
		return e.write(cmd, cmd.OutOrStdout(), kit.Kit, q)
	}
	err = writeWhole(e.output, func(w io.Writer) error { return e.write(cmd, w, kit.Kit, q) })
	return brokenOff(cmd.Context(), err, e.output+" was not written")
}

// write exports, and tells what was left out.
func (e *exportFlags) write(cmd *cobra.Command, to io.Writer, kit *rolekit.Kit, q rolekit.ExportQuery) error {
	w := bufio.NewWriter(to)
	yaml := policyfile.NewWriter(w)
	var left leftOut
	for c, err := range kit.Manager().As(rolekit.System("export")).Export(cmd.Context(), q) {
		if err != nil {
			return err
		}
		left.add(c, e.format == formatCasbin)
		switch {
		case e.format == formatYAML:
			err = yaml.Write(c)
		case c.Parent != "" && !e.leave:
			return fmt.Errorf("organisation %q is below %q, which Casbin's lines cannot say: what holds there by those above would be lost; "+
				"use --format %s, or leave it out with --leave-unsaid", c.ID, c.Parent, formatYAML)
		default:
			err = policyfile.WriteCSV(w, c)
		}
		if err != nil {
			return err
		}
	}
	if e.format == formatYAML {
		if err := yaml.Close(); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := io.WriteString(cmd.ErrOrStderr(), left.String())
	return err
}

// leftOut is what an export does not say.
type leftOut struct {
	keys, rules, orgs, below int
	unsaid                   []string
}

func (l *leftOut) add(c rolekit.Contents, rulesOnly bool) {
	l.keys, l.rules = l.keys+c.LeftOut.Keys, l.rules+c.LeftOut.Rules
	if !rulesOnly {
		return
	}
	if c.Parent != "" {
		l.below++
	}
	if said := c.Unsaid(); len(said) > 0 {
		name := "organisation " + string(c.ID)
		if c.ID == rolekit.AllOrgs {
			name = "default roles"
		}
		const most = 20
		if l.orgs++; l.orgs <= most {
			l.unsaid = append(l.unsaid, fmt.Sprintf("%s: %s", name, strings.Join(said, ", ")))
		}
	}
}

// String says what was left out, for people.
func (l *leftOut) String() string {
	var b strings.Builder
	for _, line := range l.unsaid {
		fmt.Fprintf(&b, "left out of %s\n", line)
	}
	if more := l.orgs - len(l.unsaid); more > 0 {
		fmt.Fprintf(&b, "left out of %d more\n", more)
	}
	for _, part := range []struct {
		n    int
		what string
	}{
		{l.below, "parents of organisations"},
		{l.keys, "service keys, with what they hold"},
		{l.rules, "rules that mean nothing, of a role, group or set that is not there"},
	} {
		if part.n > 0 {
			fmt.Fprintf(&b, "left out: %s (%d)\n", part.what, part.n)
		}
	}
	return b.String()
}

// look opens a kit for a command that only reads: it makes no file and migrates
// nothing, and holds few organisations at once.
func (k *kitFlags) look(ctx context.Context, log *slog.Logger) (*opened, error) {
	k.database.there = true
	return k.open(ctx, log, func(c *rolekit.Config) { c.MaxLoaded = fewLoaded })
}

// writeWhole writes a file whole or not at all, for its owner alone.
func writeWhole(path string, write func(io.Writer) error) (err error) {
	draft, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w", path, err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(draft.Name()) // what went wrong before is what is told
		}
	}()
	if err := write(draft); err != nil {
		_ = draft.Close()
		return err
	}
	if err := draft.Close(); err != nil {
		return fmt.Errorf("%s cannot be written: %w", path, err)
	}
	return os.Rename(draft.Name(), path)
}
