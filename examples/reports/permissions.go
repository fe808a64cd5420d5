package main

import "github.com/rolekit/rolekit"

// The permissions that routes ask for, as catalog.yaml declares them.
const (
	ProjectsRead  rolekit.Permission = "projects:read"
	ProjectsWrite rolekit.Permission = "projects:write"
	ReportsRead   rolekit.Permission = "reports:read"
	ReportsWrite  rolekit.Permission = "reports:write"
)

// AccessShared reaches the reports that were shared with the caller.
const AccessShared rolekit.Access = "shared"
