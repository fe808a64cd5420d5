package adapter

import (
	"context"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/rolekit/rolekit"
)

// What is kept of groups, resource sets and chosen profiles beside the rules.

type groupRow struct {
	OrgID       string `gorm:"primaryKey"`
	ID          string `gorm:"primaryKey"`
	Label       string
	Description string
	Revision    int64
}

func (groupRow) TableName() string { return "rolekit_groups" }

type setRow struct {
	OrgID       string `gorm:"primaryKey"`
	ID          string `gorm:"primaryKey"`
	Label       string
	Description string
	Revision    int64
}

func (setRow) TableName() string { return "rolekit_sets" }

type chosenRow struct {
	OrgID   string `gorm:"primaryKey"`
	UserID  string `gorm:"primaryKey"`
	Profile string
}

func (chosenRow) TableName() string { return "rolekit_profiles" }

// readNamed adds an organisation's groups, sets and chosen profiles to its layer.
func readNamed(tx *gorm.DB, org rolekit.OrgID, layer *rolekit.Layer) error {
	var groups []groupRow
	if err := tx.Where("org_id = ?", org).Order("id").Find(&groups).Error; err != nil {
		return err
	}
	layer.Groups = mapped(groups, func(r groupRow) rolekit.Group {
		return rolekit.Group{Org: org, ID: rolekit.GroupID(r.ID), Label: r.Label, Description: r.Description, Revision: rolekit.Revision(r.Revision)}
	})
	var sets []setRow
	if err := tx.Where("org_id = ?", org).Order("id").Find(&sets).Error; err != nil {
		return err
	}
	layer.Sets = mapped(sets, func(r setRow) rolekit.ResourceSet {
		return rolekit.ResourceSet{Org: org, ID: rolekit.SetID(r.ID), Label: r.Label, Description: r.Description, Revision: rolekit.Revision(r.Revision)}
	})
	var chosen []chosenRow
	if err := tx.Where("org_id = ?", org).Find(&chosen).Error; err != nil {
		return err
	}
	layer.Chosen = make(map[rolekit.UserID]rolekit.ProfileID, len(chosen))
	for _, r := range chosen {
		layer.Chosen[rolekit.UserID(r.UserID)] = rolekit.ProfileID(r.Profile)
	}
	return nil
}

// upsert inserts the row, or replaces the one with its key.
func (w writer) upsert(ctx context.Context, row any, key ...string) error {
	columns := mapped(key, func(name string) clause.Column { return clause.Column{Name: name} })
	return w.tx.WithContext(ctx).Clauses(clause.OnConflict{Columns: columns, UpdateAll: true}).Create(row).Error
}

func (w writer) PutGroup(ctx context.Context, g rolekit.Group) error {
	row := groupRow{string(g.Org), string(g.ID), g.Label, g.Description, int64(g.Revision)}
	return w.upsert(ctx, &row, "org_id", "id")
}

func (w writer) DeleteGroup(ctx context.Context, org rolekit.OrgID, group rolekit.GroupID) error {
	return w.tx.WithContext(ctx).Where("org_id = ? AND id = ?", org, group).Delete(&groupRow{}).Error
}

func (w writer) PutSet(ctx context.Context, s rolekit.ResourceSet) error {
	row := setRow{string(s.Org), string(s.ID), s.Label, s.Description, int64(s.Revision)}
	return w.upsert(ctx, &row, "org_id", "id")
}

func (w writer) DeleteSet(ctx context.Context, org rolekit.OrgID, set rolekit.SetID) error {
	return w.tx.WithContext(ctx).Where("org_id = ? AND id = ?", org, set).Delete(&setRow{}).Error
}

func (w writer) PutChosen(ctx context.Context, org rolekit.OrgID, user rolekit.UserID, profile rolekit.ProfileID) error {
	if profile == "" {
		return w.tx.WithContext(ctx).Where("org_id = ? AND user_id = ?", org, user).Delete(&chosenRow{}).Error
	}
	row := chosenRow{string(org), string(user), string(profile)}
	return w.upsert(ctx, &row, "org_id", "user_id")
}
