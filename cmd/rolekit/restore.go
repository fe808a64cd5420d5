package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/policyfile"
)

const (
	// mostLines is how many changes of one organisation are listed.
	mostLines = 200
	// mostWrong is after how many organisations that are refused a plan ends.
	mostWrong = 20
)

// oneFile lets a command have one argument at most.
func oneFile(cmd *cobra.Command, args []string) error {
	if len(args) <= 1 {
		return nil
	}
	return usagef("%s takes one file, and was given %q; %[1]s --help lists the flags", cmd.CommandPath(), args)
}

// restore makes organisations what a file says.
func (i *importFlags) restore(cmd *cobra.Command, file string) error {
	for _, name := range []string{"from-casbin", "names", "profile", "creator", "lone-subjects", "accept-gains"} {
		if cmd.Flags().Changed(name) {
			return usagef("--%s is for rows of casbin_rule, and not for a file", name)
		}
	}
	log, err := i.log.logger(cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	src, drop, err := copyOf(file)
	if err != nil {
		return err
	}
	defer drop()
	where, err := i.kit.where(log)
	if err != nil {
		return err
	}
	i.kit.database.there = !i.apply
	first, undraft, err := where.draft()
	if err != nil {
		return err
	}
	defer undraft()
	r := restoring{cmd: cmd, flags: i, file: file, src: src}
	drafted := first.at != where.at
	if err := i.with(cmd.Context(), log, first, func(kit *opened) error { return r.begin(cmd.Context(), kit, drafted) }); err != nil || !drafted {
		return err
	}
	return i.with(cmd.Context(), log, where, func(kit *opened) error { return r.end(cmd.Context(), kit) })
}

// with calls fn with the kit at a place, for going through many organisations.
func (i *importFlags) with(ctx context.Context, log *slog.Logger, where kitPlace, fn func(*opened) error) error {
	kit, err := i.kit.openAt(ctx, log, where, func(c *rolekit.Config) { c.MaxLoaded = fewLoaded })
	if err != nil {
		return err
	}
	defer kit.close()
	return fn(kit)
}

// draft is the place itself, or, where its database is a file that is not there yet, one
// with an empty database elsewhere, so that what is refused leaves none. drop deletes
// that.
func (p kitPlace) draft() (first kitPlace, drop func(), err error) {
	if _, err := os.Stat(p.at.file); p.at.file == "" || !errors.Is(err, fs.ErrNotExist) {
		return p, func() {}, nil
	}
	folder, err := os.MkdirTemp("", "rolekit-import-") // its owner's alone
	if err != nil {
		return p, nil, fmt.Errorf("the plan cannot be made: %w", err)
	}
	p.at.file = filepath.Join(folder, "rolekit.db")
	return p, func() { _ = os.RemoveAll(folder) }, nil // what is left is its owner's, where temporary files are
}

// copyOf returns a copy of the file that nobody else changes: it is gone through twice,
// and what is done has to be what was checked. drop deletes it.
func copyOf(file string) (whole *os.File, drop func(), err error) {
	if err := noFolder(file); err != nil {
		return nil, nil, err
	}
	src, err := os.Open(file) //nolint:gosec // the file is the caller's own choice
	if err != nil {
		return nil, nil, usagef("the file cannot be read: %w", err)
	}
	defer func() { _ = src.Close() }()                // it was only read
	whole, err = os.CreateTemp("", "rolekit-import-") // its owner's alone
	if err != nil {
		return nil, nil, fmt.Errorf("the file cannot be copied: %w", err)
	}
	drop = func() {
		_ = whole.Close()
		_ = os.Remove(whole.Name()) // what is left is its owner's, where temporary files are
	}
	if _, err := io.Copy(whole, src); err != nil {
		drop()
		return nil, nil, usagef("the file cannot be read: %w", err)
	}
	return whole, drop, nil
}

// restoring goes through a file, once for the plan and once to do it.
type restoring struct {
	cmd   *cobra.Command
	flags *importFlags
	file  string
	src   io.ReadSeeker
	kit   *rolekit.Kit

	shown   *progress
	told    bytes.Buffer // the plan, which is shown where nothing of it is refused
	looked  int          // organisations that are to be restored
	changes int          // how many parts of the file would change something
}

// begin makes the plan, and does it where that is wanted and the kit is no draft's.
func (r *restoring) begin(ctx context.Context, kit *opened, drafted bool) error {
	r.kit = kit.Kit
	if err := r.plan(ctx); err != nil {
		return err
	}
	switch {
	case drafted:
		return nil
	case r.changes > 0 && !r.flags.apply:
		return pendingError("nothing was changed yet; --apply does it")
	}
	return r.end(ctx, kit)
}

// end does what was planned.
func (r *restoring) end(ctx context.Context, kit *opened) error {
	if r.changes == 0 {
		return say(r.cmd, "nothing to do: what the file says is so already (organisations: %d)\n", r.looked)
	}
	r.kit = kit.Kit
	defer kit.tell(ctx)
	return r.apply(ctx)
}

// say adds to the plan.
func (r *restoring) say(format string, args ...any) { fmt.Fprintf(&r.told, format, args...) }

// each calls fn with each part of the file that is to be restored.
func (r *restoring) each(fn func(policyfile.Entry) error) error {
	if _, err := r.src.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("the copy of the file cannot be read again: %w", err)
	}
	found := false
	next, err := r.parts()
	if err != nil {
		return err
	}
	for {
		e, err := next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if r.flags.org != "" && string(e.ID) != r.flags.org {
			continue
		}
		found = true
		e.LeaveUnknown = r.flags.consent.Leave
		if err := fn(e); err != nil {
			return err
		}
	}
	if r.flags.org != "" && !found {
		return usagef("%s has no organisation %q", r.file, r.flags.org)
	}
	return nil
}

// parts returns what reads the file, part by part.
func (r *restoring) parts() (func() (policyfile.Entry, error), error) {
	if !strings.HasSuffix(r.file, ".csv") {
		return policyfile.NewReader(r.file, r.src).Next, nil
	}
	all, err := policyfile.ReadCSV(r.file, r.src)
	return func() (policyfile.Entry, error) {
		if len(all) == 0 {
			return policyfile.Entry{}, io.EOF
		}
		e := all[0]
		all = all[1:]
		return e, nil
	}, err
}

// plan prints what would become of each organisation, and changes nothing. What is
// wrong with some is told of all of them; what is below one is then not looked at.
func (r *restoring) plan(ctx context.Context) error {
	to, err := r.kit.Manager().As(rolekit.System("import")).Restoration(false)
	if err != nil {
		return err
	}
	var wrong []error
	skipped := map[rolekit.OrgID]bool{}
	r.shown = newProgress(r.cmd.ErrOrStderr(), "planning organisations", uncounted)
	defer r.shown.finish()
	parts := policyfile.Restorer{To: to, Tell: func(e *policyfile.Entry, done rolekit.Restored, err error) error {
		if rolekit.CodeOf(err) == rolekit.CodeUnavailable && err != nil {
			return err
		}
		if err != nil && e.ID == rolekit.AllOrgs { // what builds on that would all be wrong
			return refused([]error{located(e, err)})
		}
		if err != nil {
			skipped[e.ID] = true
			if wrong = append(wrong, located(e, err)); len(wrong) == mostWrong {
				return &rolekit.Error{Code: rolekit.CodeOf(err), Message: fmt.Sprintf("and more behind the first %d", mostWrong)}
			}
			return nil
		}
		r.note(e, done.Notes)
		r.print(done)
		return nil
	}}
	err = r.each(func(e policyfile.Entry) error {
		if e.ID != rolekit.AllOrgs {
			r.looked++
			r.shown.step()
		}
		if skipped[e.Parent] {
			skipped[e.ID] = true
			return nil
		}
		return parts.Next(ctx, e)
	})
	if err == nil {
		err = parts.End(ctx)
	}
	if len(wrong) > 0 {
		return refused(append(wrong, err))
	}
	if err != nil {
		return err
	}
	r.shown.finish()
	_, err = r.told.WriteTo(r.cmd.OutOrStdout())
	return err
}

// located says where in the file the parts are that an error is about, and names the
// flag in place of the field that the kit's hints name.
func located(e *policyfile.Entry, err error) error {
	known, ok := errors.AsType[*rolekit.Error](err)
	if !ok {
		return err
	}
	flagged := *known
	flagged.Parts = slices.Clone(known.Parts)
	for i, p := range flagged.Parts {
		part := *p.Err
		part.Hint = strings.ReplaceAll(part.Hint, "Contents.LeaveUnknown", "--leave-unknown")
		flagged.Parts[i].Err = &part
	}
	return e.Locate(&flagged)
}

// refused is the error of all that is wrong, with the code of the first.
func refused(all []error) error {
	lines := []string{"nothing was changed:"}
	for _, err := range all {
		if err != nil {
			lines = append(lines, err.Error())
		}
	}
	return &rolekit.Error{Code: rolekit.CodeOf(all[0]), Message: strings.Join(lines, "\n")}
}

// note tells what the catalog does not have.
func (r *restoring) note(e *policyfile.Entry, notes []rolekit.RestoreNote) {
	for _, n := range notes {
		verb := "left out"
		if n.Kept {
			verb = "kept"
		}
		r.say("%s: %s: %s\n", verb, e.At(n.At), n.What)
	}
}

// print prints what would change.
func (r *restoring) print(done rolekit.Restored) {
	if !done.Created && len(done.Changes) == 0 {
		return
	}
	r.changes++
	title := fmt.Sprintf("~ organisation %s", done.Org)
	switch {
	case done.Org == rolekit.AllOrgs:
		title = "~ what all organisations share"
	case done.Created:
		title = fmt.Sprintf("+ organisation %s", done.Org)
	}
	r.say("%s\n", title)
	for i, c := range done.Changes {
		if i == mostLines {
			r.say("    and %d more\n", len(done.Changes)-i)
			return
		}
		how := c.How
		if how != "" {
			how = ": " + how
		}
		r.say("  %c %s%s\n", c.Sign, c.What, how)
	}
}

// apply does it, organisation by organisation.
func (r *restoring) apply(ctx context.Context) error {
	to, err := r.kit.Manager().As(rolekit.System("import")).Restoration(true)
	if err != nil {
		return err
	}
	changed := 0
	r.shown = newProgress(r.cmd.ErrOrStderr(), "restoring organisations", r.looked)
	defer r.shown.finish()
	parts := policyfile.Restorer{To: to, Tell: func(e *policyfile.Entry, done rolekit.Restored, err error) error {
		if err != nil {
			return &rolekit.Error{
				Code: rolekit.CodeOf(err), Message: fmt.Sprintf("%s\norganisations restored before this one: %d; they stay so", located(e, err), changed),
				Hint: "run it again once that is mended: what is done is found done",
			}
		}
		if e.ID == rolekit.AllOrgs {
			return nil
		}
		if done.Created || len(done.Changes) > 0 {
			changed++
		}
		r.shown.step()
		return nil
	}}
	err = r.each(func(e policyfile.Entry) error { return parts.Next(ctx, e) })
	if err == nil {
		err = parts.End(ctx)
	}
	r.shown.finish()
	if err != nil {
		return brokenOff(ctx, err, fmt.Sprintf("organisations restored before: %d; they stay so, and are found done when it is run again", changed))
	}
	outcome := fmt.Sprintf("done: what the file says is so (organisations: %d, changed: %d)", r.looked, changed)
	return untold(outcome, say(r.cmd, "\n%s\n", outcome))
}
