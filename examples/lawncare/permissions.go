package main

import "github.com/rolekit/rolekit"

// The permissions that routes ask for, as catalog.yaml declares them.
const (
	ClientsRead      rolekit.Permission = "clients:read"
	ClientsWrite     rolekit.Permission = "clients:write"
	JobsRead         rolekit.Permission = "jobs:read"
	JobsComplete     rolekit.Permission = "jobs:complete"
	JobsWrite        rolekit.Permission = "jobs:write"
	InvoicesRead     rolekit.Permission = "invoices:read"
	InvoicesWrite    rolekit.Permission = "invoices:write"
	NewslettersRead  rolekit.Permission = "newsletters:read"
	NewslettersWrite rolekit.Permission = "newsletters:write"
	ScheduleRead     rolekit.Permission = "schedule:read"
	ScheduleWrite    rolekit.Permission = "schedule:write"
)
