package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/rolekit/rolekit"
)

// tourists are those who act in tour.sh. But for Sue, nobody knows them yet.
func tourists() []rolekit.UserID { return []rolekit.UserID{"sue", "greta", "wes", "fay", "ned"} }

// writeTour writes what tour.sh reads: where the app is, and everyone's token. The
// file is whole when it is there, and for nobody else to read.
func writeTour(file, url string, secret []byte, now time.Time) error {
	var b strings.Builder
	_, _ = fmt.Fprintf(&b, "URL=%s\n", url)
	for _, user := range tourists() {
		token, err := sign(secret, user, now.Add(tokenTTL))
		if err != nil {
			return err
		}
		_, _ = fmt.Fprintf(&b, "%s=%s\n", strings.ToUpper(string(user)), token)
	}
	if err := os.WriteFile(file+".new", []byte(b.String()), 0o600); err != nil {
		return fmt.Errorf("write what the tour needs: %w", err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		return fmt.Errorf("write what the tour needs: %w", err)
	}
	return nil
}
