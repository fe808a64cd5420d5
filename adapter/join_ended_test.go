package adapter_test

import (
	"errors"
	"fmt"
	"testing"

	"gorm.io/gorm"

	"github.com/rolekit/rolekit"
)

// TestJoinATransactionThatIsOver: MySQL ends a transaction whose statement was the
// victim of a deadlock, and takes what follows as if there had been none. Nothing
// of a change may be stored then, nor of what the application does after it.
func TestJoinATransactionThatIsOver(t *testing.T) {
	t.Parallel()
	for _, prepare := range []bool{false, true} {
		t.Run(fmt.Sprint("prepared: ", prepare), func(t *testing.T) {
			t.Parallel()
			s := newShop(t, open(t, mariaDatabase(t)(), &gorm.Config{PrepareStmt: prepare}))
			tx := s.db.Begin()
			if err := tx.Exec("ROLLBACK").Error; err != nil { // what the server does to the victim
				t.Fatal(err)
			}
			if err := s.in(tx).Assign(t.Context(), "tom", "ada", "clerk"); !errors.Is(err, rolekit.ErrConflict) {
				t.Errorf("Assign: %v, want ErrConflict", err)
			}
			if err := tx.Create(&invoice{ID: "after"}).Error; err == nil {
				t.Error("the application went on in what is no transaction")
			}
			tx.Rollback()
			if reads(t, kitOn(t, s.store), "ada", "tom") || reads(t, s.Kit, "ada", "tom") {
				t.Error("the change is stored")
			}
			var stored int64
			if err := s.db.Model(&invoice{}).Where("id = ?", "after").Count(&stored).Error; err != nil || stored > 0 {
				t.Errorf("%d rows of the application, %v", stored, err)
			}
		})
	}
}
