package api

import (
	"fmt"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/rolekit/rolekit/internal/problem"
)

// describeSchemas says of each schema what it is. Huma takes words for fields from
// their tags, and has no place for those of a type.
func describeSchemas(schemas map[string]*huma.Schema) {
	words := schemaWords()
	for name, s := range schemas {
		if of, ok := strings.CutPrefix(name, "List"); ok && words[name] == "" {
			s.Description = "One page of a list; see " + strings.TrimSuffix(of, "ID") + "."
			continue
		}
		s.Description = words[name]
	}
	var codes strings.Builder
	for _, k := range problem.Kinds() {
		fmt.Fprintf(&codes, "\n- %s (%d): %s", k.Code, k.Status, k.Means)
	}
	schemas["Problem"].Properties["code"].Description = "stable, for programs; there may be new ones. One of:\n" + codes.String()
}

func schemaWords() map[string]string {
	return map[string]string{
		"Access":          "An access that the application adds: how far a grant reaches.",
		"Action":          "What is done to an object, and what it implies.",
		"AllGroupMembers": "All that are to be in a group.",
		"AllMemberRoles":  "All roles that a user is to have in an organisation, directly.",
		"Answered":        "The answer to one of several questions: a decision, or why there is none.",
		"Answers":         "One answer a question, in their order.",
		"AskedQuestion":   "May this user do that in this organisation?",
		"Assignments":     "Roles to give and to take, all of them or none.",
		"AssignedRole":    "A role that a user or a group was given, and for what time.",
		"Baseline":        "What everybody has who has the profile.",
		"Capacity":        "How far somebody reaches, acting as one profile.",
		"Catalog":         "The words of the application: what its developers declare, and roles are made of.",
		"CatalogRole":     "A default role as the developers declare it.",
		"CreatedKey":      "A service key that was made, with its secret, which is told this once.",
		"Decision":        "Allowed or not, how far it reaches, why, and by which revision.",
		"Effective":       "A page of all that a user may do, with where each comes from.",
		"Effect":          "What a user would gain or lose.",
		"EffectiveGrant":  "One thing that a user may do, and the ways by which they come to it.",
		"Event":           "One change: who did what to what, and how it was before and after.",
		"Explanation":     "A decision, with the ways that lead to it, or with what comes nearest to allowing.",
		"FieldError":      "One of several things that are wrong with a request.",
		"Given":           "A role that a user or a group is to have, and for what time.",
		"Grant":           "A permission, and how far it reaches inside the organisation.",
		"Grants":          "All that a role is to grant by itself.",
		"Group":           "A named set of users and of other groups, which hold roles as one.",
		"GroupMembers":    "Who is to come into a group.",
		"Health":          "That the process runs.",
		"Holder":          "A user who may do it, and as what.",
		"Holders":         "By how many a role is held, where the caller may read that.",
		"ListResourceID":  "One page of the ids of resources, which are the application's own.",
		"ListUserID":      "One page of the ids of users, which are the application's own.",
		"Matrix":          "A table of roles by permissions, with every label that a page needs.",
		"MatrixAccess":    "How far a grant may reach, in words.",
		"MatrixCell":      "A permission that a role gives, how far it reaches, and whether the role grants it itself.",
		"MatrixObject":    "An object, and the permissions on it.",
		"MatrixRole":      "A role, with a cell for each permission that it gives.",
		"Me":              "The caller: their organisations and, in one of them, profiles and permissions.",
		"Member":          "A user who belongs to an organisation, with roles and groups.",
		"MemberRoles":     "The roles that an organisation gave a user directly.",
		"Membership":      "An organisation that the caller belongs to.",
		"Miss":            "What somebody lacks to be allowed.",
		"MoreResources":   "Resources to put into a set.",
		"Move":            "Where an organisation is to hang.",
		"Naming":          "What is said of a group or a resource set besides what is in it.",
		"NewOrg":          "An organisation to be made.",
		"NewKey":          "A service key to be made.",
		"NewRole":         "A custom role to be made.",
		"Object":          "What is acted on, and the actions that there are for it.",
		"Org":             "An organisation: the tenant.",
		"OrgEffects":      "Who would gain and lose what in one organisation.",
		"OrgPatch":        "What to change of an organisation.",
		"OrgTree":         "An organisation with those below it.",
		"Path":            "A way from a user to a grant: through groups, roles and organisations.",
		"Period":          "When an assignment starts and ends.",
		"Permission":      "An object with an action: what code checks.",
		"Preview":         "What a change would lead to that was not made.",
		"Problem":         "What went wrong, in the form of RFC 9457.",
		"Profile":         "A kind of user that the application has tracks for.",
		"ProfileChoice":   "The profile that the caller is to act as from now on.",
		"Question":        "May this user do that?",
		"Questions":       "What to decide, all by one revision of each organisation.",
		"Reach":           "An access, and whether the application decides what it reaches.",
		"Readiness":       "Whether the process can decide, and how old what it knows is.",
		"Reason":          "A grant that allows it, and whose it is.",
		"Resource":        "What somebody would do it to, as far as accesses go by it.",
		"Resources":       "All resources that are to be in a set.",
		"Review":          "A permission that came after a custom role, and waits to be decided about.",
		"ReviewDecision":  "Whether a role is to grant what waits.",
		"Right":           "A permission that a user has, and how far it reaches.",
		"Role":            "A named set of grants for one profile.",
		"RoleCopy":        "What a copy of a role is to be called.",
		"RolePatch":       "What to change of a role; what is left out stays.",
		"ServiceKey":      "What a service identifies itself by: a user that holds roles of one organisation, until it ends.",
		"Set":             "A named set of resources; a grant with access set:<id> reaches just those.",
		"Source":          "A way by which a user comes to a permission, and for how long.",
		"Step":            "One step of a way: to a group or a role, in an organisation.",
		"Taken":           "A role that a user or a group is not to have any more.",
		"WantedRole":      "A role that a user is to have, and for what time.",
		"WhatCan":         "A page of what a user may do.",
		"WhoCan":          "A page of who may do it.",
		"WholeGroup":      "A group with what is in it and the roles that it has.",
	}
}
