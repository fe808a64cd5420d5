package api

import (
	"time"

	"github.com/rolekit/rolekit"
)

// decided tells Config.Decided of an answer to a check that began then; of several
// that were asked at once, each took its share.
func (s *server) decided(began time.Time, several int, d rolekit.Decision, err error) {
	if s.config.Decided != nil {
		s.config.Decided(d, err, time.Since(began)/time.Duration(several))
	}
}
