package main

import "github.com/rolekit/rolekit"

// Row is what projects and reports have: where they are, and what access own,
// team and set go by. An id means something within its organisation only.
type Row struct {
	Org   rolekit.OrgID      `gorm:"primaryKey" json:"org"`
	ID    rolekit.ResourceID `gorm:"primaryKey" json:"id"`
	Owner rolekit.UserID     `json:"owner"`
	Team  rolekit.TeamID     `json:"team,omitempty"`
}

// AccessFacts implements [rolekit.Resource].
func (r *Row) AccessFacts() rolekit.Facts {
	return rolekit.Facts{ID: r.ID, Owner: r.Owner, Team: r.Team}
}

// Project is something that is looked into.
type Project struct {
	Row

	Name string `json:"name"`
}

// Report is what was found out. It is of the team that its project is of.
type Report struct {
	Row

	Project rolekit.ResourceID `gorm:"not null" json:"project"`
	Title   string             `json:"title"`
	Text    string             `json:"text"`
}

// Share says that someone may read a report.
type Share struct {
	Org    rolekit.OrgID      `gorm:"primaryKey"`
	Report rolekit.ResourceID `gorm:"primaryKey"`
	Reader rolekit.UserID     `gorm:"primaryKey"`
}

// TeamMember says that someone is in a team.
type TeamMember struct {
	Org    rolekit.OrgID  `gorm:"primaryKey"`
	Team   rolekit.TeamID `gorm:"primaryKey"`
	Member rolekit.UserID `gorm:"primaryKey"`
}

// models are the tables of the app.
func models() []any { return []any{&Project{}, &Report{}, &Share{}, &TeamMember{}} }
