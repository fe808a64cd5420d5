package main

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aymanbagabas/go-udiff"
	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/cmd/rolekit/internal/screen"
)

// show prints what changes in the file, and who gets what by it.
func (e *catalogEdit) show(cmd *cobra.Command, after *rolekit.Catalog) error {
	paint := painter(cmd.OutOrStdout())
	diff, err := unified(filepath.ToSlash(e.name), e.was, e.file.Text)
	if err != nil {
		return err
	}
	for line := range strings.Lines(diff) {
		text := screen.SafeLines(strings.TrimRight(line, "\r\n"))
		switch {
		case strings.HasPrefix(line, "+"):
			text = paint(green, text)
		case strings.HasPrefix(line, "-"):
			text = paint(red, text)
		}
		if err := say(cmd, "%s\n", text); err != nil {
			return err
		}
	}
	for _, line := range gains(e.before, after) {
		if err := say(cmd, "%s\n", line); err != nil {
			return err
		}
	}
	return nil
}

// unified is a diff. Where a hunk begins in the new text is counted here: the library
// forgets the lines between two changes of one hunk.
func unified(name, was, now string) (string, error) {
	diff, err := udiff.ToUnifiedDiff(name, name, was, udiff.Lines(was, now), udiff.DefaultContextLines)
	if err != nil {
		return "", err
	}
	more := 0
	for _, hunk := range diff.Hunks {
		hunk.ToLine = hunk.FromLine + more
		for _, line := range hunk.Lines {
			switch line.Kind {
			case udiff.Insert:
				more++
			case udiff.Delete:
				more--
			case udiff.Equal:
			}
		}
	}
	return fmt.Sprint(diff), nil
}

// gains are who gets which grants between two catalogs, a line each.
func gains(before, after *rolekit.Catalog) []string {
	had := map[rolekit.RoleID]rolekit.RoleSpec{}
	for _, r := range before.DefaultRoles() {
		had[r.ID] = r
	}
	old, now := before.Defaults().Baseline, after.Defaults().Baseline
	var lines []string
	add := func(who string, had, has []rolekit.Grant) {
		var more []string
		for _, g := range has {
			if !slices.Contains(had, g) {
				more = append(more, grantText(g))
			}
		}
		if len(more) > 0 {
			lines = append(lines, who+" gets "+strings.Join(more, ", "))
		}
	}
	for _, r := range after.DefaultRoles() {
		who, was := "role "+string(r.ID), had[r.ID]
		add(who, was.Grants, r.Grants)
		for _, include := range r.Includes {
			if !slices.Contains(was.Includes, include) {
				lines = append(lines, who+" gets what role "+string(include)+" gives")
			}
		}
	}
	for _, profile := range slices.Sorted(maps.Keys(now)) {
		add("everyone with profile "+string(profile), old[profile], now[profile])
	}
	return lines
}

func grantText(g rolekit.Grant) string {
	if g.Access == rolekit.AccessAny {
		return string(g.Permission)
	}
	return fmt.Sprintf("%s (%s)", g.Permission, g.Access)
}
