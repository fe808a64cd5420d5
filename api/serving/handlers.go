package serving

import (
	"log/slog"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/rolekit/rolekit"
)

// Config configures [Handlers]. The zero value is useful.
type Config struct {
	// Deadline is how long a request may take; see [Deadline]. Default: any time.
	Deadline time.Duration
	// Logger takes the access log, and panics. Default: slog.Default(). Its
	// handler should be a [LogHandler].
	Logger *slog.Logger
	// Observe is told of each request once it is answered, for metrics. It is
	// called by many goroutines at once. Default: nobody is told.
	Observe func(Request)
	// Origins are those whose pages may call; see [CORS]. Default: none, and
	// there is no CORS at all.
	Origins []string
	// Quiet are routes whose successes are logged at debug only, such as those
	// that probes ask every second. Default: none.
	Quiet []string
}

// Handlers returns all that this package has, in the order in which it works:
// [RequestID], [Log], [Recover], [Headers], [CORS] and [Deadline]. Give them to
// the engine's Use before anything else, so that they also see what has no
// route. It fails with rolekit.ErrInvalid when an origin is none, or the
// deadline is negative.
func Handlers(config Config) (gin.HandlersChain, error) {
	if config.Deadline < 0 {
		return nil, invalid("Config.Deadline is negative", "leave it 0 for none")
	}
	if config.Logger == nil {
		config.Logger = slog.Default()
	}
	all := gin.HandlersChain{
		RequestID(), Log(config.Logger, config.Observe, config.Quiet...), Recover(config.Logger), Headers(),
	}
	if len(config.Origins) > 0 {
		share, err := CORS(config.Origins...)
		if err != nil {
			return nil, err
		}
		all = append(all, share)
	}
	if config.Deadline > 0 {
		all = append(all, Deadline(config.Deadline))
	}
	return all, nil
}

func invalid(message, hint string) *rolekit.Error {
	return &rolekit.Error{Code: rolekit.CodeInvalid, Message: message, Hint: hint}
}
