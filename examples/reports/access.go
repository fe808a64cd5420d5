package main

import (
	"context"

	"gorm.io/gorm"

	"github.com/rolekit/rolekit"
)

// facts answers what the kit cannot know by itself: who is in which team, and
// with whom a report was shared.
type facts struct{ db *gorm.DB }

// teams are the teams of a user; [rolekit.Config] asks for them.
func (f facts) teams(ctx context.Context, who rolekit.Identity) (teams []rolekit.TeamID, err error) {
	err = f.db.WithContext(ctx).Model(&TeamMember{}).Where("org = ? AND member = ?", who.Org, who.User).Pluck("team", &teams).Error
	return teams, err
}

// shared is access shared: once as a question about one report, and once as a
// condition for a list of them. Both must mean the same.
func (f facts) shared() rolekit.AccessRule {
	return rolekit.AccessRule{
		Reaches: func(ctx context.Context, who rolekit.Identity, report rolekit.Resource) (bool, error) {
			var there int64
			err := f.db.WithContext(ctx).Model(&Share{}).
				Where("org = ? AND report = ? AND reader = ?", who.Org, report.AccessFacts().ID, who.User).Count(&there).Error
			return there > 0, err
		},
		Where: func(_ context.Context, who rolekit.Identity) (string, []any, error) {
			return "id IN (SELECT report FROM shares WHERE org = ? AND reader = ?)", []any{who.Org, who.User}, nil
		},
	}
}
