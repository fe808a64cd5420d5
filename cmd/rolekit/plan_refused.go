package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rolekit/rolekit"
)

// refusing says whether a plan is refused only until something is decided.
func refusing(refused []*rolekit.Error) string {
	decidable := []rolekit.Code{rolekit.CodeDrifted, rolekit.CodeGrantsHeld, rolekit.CodeRoleInUse}
	if slices.ContainsFunc(refused, func(e *rolekit.Error) bool { return !slices.Contains(decidable, e.Code) }) {
		return "refused"
	}
	return "refused until it is decided"
}

// refusedLines are what a plan is refused for, each with the flags that decide it.
func refusedLines(p *rolekit.CatalogPlan, choices *rolekit.CatalogChoices) []string {
	var leaving []string // in the order in which they are refused
	for _, l := range p.Leaving {
		if by := deciding(&l, choices); by != "" {
			leaving = append(leaving, by)
		}
	}
	lines := make([]string, len(p.Refused))
	for i, e := range p.Refused {
		hint := e.Hint
		switch e.Code {
		case rolekit.CodeDrifted:
			hint = "write the edits into the file, or decide by --keep or --overwrite"
		case rolekit.CodeGrantsHeld:
			hint = "decide by --drop-grants or --map-grants, or say renamed_from in the file"
		case rolekit.CodeRoleInUse: // there is one of leaving for each
			hint, leaving = "decide by "+leaving[0], leaving[1:]
		default:
			hint = strings.ReplaceAll(hint, "choose another permission, or say that they lose it", "choose another one for --map-grants, or --drop-grants")
		}
		lines[i] = fmt.Sprintf("%s: %s", e.Code, e.Message)
		if hint != "" {
			lines[i] += " (" + hint + ")"
		}
	}
	return lines
}

// deciding names the flags by which it is to be decided what becomes of a role; empty
// where that is.
func deciding(l *rolekit.LeavingRole, choices *rolekit.CatalogChoices) string {
	h := l.Holders
	if h.Users+h.Groups+h.Roles == 0 || l.To != "" && (l.To != l.ID || h.Roles == 0) {
		return ""
	}
	var ways []string
	if len(l.Others) > 0 {
		ways = append(ways, fmt.Sprintf("--replace %s=OTHER", l.ID))
	}
	switch {
	case l.Profile == "" && choices.LeaveRoles: // all but those that are to be overwritten
		ways = append(ways, "taking it out of --overwrite, so that --leave-roles leaves it")
	case l.Profile == "":
		ways = append(ways, "--leave-roles")
	case h.Roles == 0:
		ways = append(ways, fmt.Sprintf("--replace %s=%s", l.ID, l.ID))
	case len(ways) == 0:
		ways = append(ways, "taking it out of the roles that include it")
	}
	return strings.Join(ways, " or ")
}
