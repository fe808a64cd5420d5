package main

import (
	"errors"
	"time"

	"github.com/rolekit/rolekit"
)

// Row is what every row of the app has: the organisation that it belongs to,
// without which none is ever read, and what access own and team go by.
type Row struct {
	ID    uint64         `gorm:"primaryKey"     json:"id"`
	Org   rolekit.OrgID  `gorm:"index;not null" json:"org"`
	Owner rolekit.UserID `json:"owner,omitempty"` // whose it is: the worker's job, the client's invoice
	Team  rolekit.TeamID `json:"team,omitempty"`
}

// AccessFacts implements [rolekit.Resource].
func (r *Row) AccessFacts() rolekit.Facts { return rolekit.Facts{Owner: r.Owner, Team: r.Team} }

func (r *Row) row() *Row { return r }

// Client is someone whose lawn is cared for. The owner is their account.
type Client struct {
	Row

	Name    string `json:"name"`
	Address string `json:"address"`
}

// Job is work at a client's. The owner is the worker who does it.
type Job struct {
	Row

	Client string `json:"client"`
	Task   string `json:"task"`
	Done   bool   `json:"done"`
}

// Invoice is what a client has to pay. The owner is the client's account.
type Invoice struct {
	Row

	Client string `json:"client"`
	Cents  int64  `json:"cents"`
}

// Newsletter is what an organisation tells those around it.
type Newsletter struct {
	Row

	Subject string `json:"subject"`
	Text    string `json:"text"`
}

// ScheduleEntry is where someone has to be. The owner is that someone.
type ScheduleEntry struct {
	Row

	Day  time.Time `json:"day"`
	Note string    `json:"note"`
}

// TeamMember says that a user is in a team.
type TeamMember struct {
	Org  rolekit.OrgID  `gorm:"primaryKey"`
	User rolekit.UserID `gorm:"primaryKey"`
	Team rolekit.TeamID `gorm:"primaryKey"`
}

// models are the tables of the app.
func models() []any {
	return []any{&Client{}, &Job{}, &Invoice{}, &Newsletter{}, &ScheduleEntry{}, &TeamMember{}}
}

// The checks say what a row needs before it is stored.

func (c *Client) check() error { return need(c.Name != "", "name") }

func (j *Job) check() error {
	return errors.Join(need(j.Client != "", "client"), need(j.Task != "", "task"), need(!j.Done, "done: false"))
}

func (i *Invoice) check() error {
	return errors.Join(need(i.Client != "", "client"), need(i.Cents > 0, "cents above 0"))
}

func (n *Newsletter) check() error { return need(n.Subject != "", "subject") }

func (e *ScheduleEntry) check() error { return need(!e.Day.IsZero(), "day") }

func need(ok bool, what string) error {
	if ok {
		return nil
	}
	return errors.New("it needs " + what)
}
