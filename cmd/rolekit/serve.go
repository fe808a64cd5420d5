package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/api/serving"
	"github.com/rolekit/rolekit/seed"
)

const serveHelp = `Serves the role API. Its description is at /openapi.json, for people at /docs.

Callers bring a JWT whose claims are sub (the user), exp, and where useful
profile. It is verified by the keys that an identity provider publishes
(--jwks-url, with --issuer and --audience), by such keys in a file (--jwks-file),
or by a secret that both sides have (ROLEKIT_SECRET, --secret-file). --dev, and
nothing else, trusts the development secret. Services bring a service key instead,
which an organisation's admins make, and revoke, over the API.

An SQLite database is brought up to date first; any other must be, by rolekit
migrate, or with --migrate. What a request may take of the server is limited, in
size and time, and how many changes a user may ask for. SIGINT and SIGTERM stop
it: /readyz answers 503 for --shutdown-delay, then it takes no new requests and
finishes those in flight; a second signal ends it at once.

Several may serve one database. A change that one of them made reaches the others
at once where --watch says by what, and within --poll-interval in any case.

--metrics-listen serves /metrics for Prometheus, on an address of its own because
it asks nobody who they are, and tells how many organisations there are: keep it
from the public.`

const (
	listenFlag  = "listen"
	originsFlag = "cors-origins"

	delayFlag    = "shutdown-delay"
	patienceFlag = "shutdown-timeout"
)

// serveFlags are the settings of serve.
type serveFlags struct {
	kit     kitFlags
	log     logFlags
	limits  limitFlags
	sizes   sizeFlags
	auth    authFlags
	replica replicaFlags
	traces  traceFlags
	keys    keyFlags
	listen  string
	metrics string
	prefix  string
	origins []string
	seed    bool
	end     ending
}

func newServe() *cobra.Command {
	var s serveFlags
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the role API",
		Long:  serveHelp,
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			log, err := s.log.logger(cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			return s.run(cmd.Context(), log)
		},
	}
	s.kit.declare(cmd)
	s.kit.declareOperators(cmd)
	completer{&s.kit, nil}.flags(cmd)
	s.limits.declare(cmd)
	s.sizes.declare(cmd)
	s.log.declare(cmd)
	s.replica.declare(cmd)
	s.auth.declare(cmd)
	s.traces.declare(cmd)
	s.keys.declare(cmd)
	flags := cmd.Flags()
	flags.StringVar(&s.listen, listenFlag, "127.0.0.1:8080", "`address` to serve on; port 0 picks a free one")
	flags.StringVar(&s.metrics, metricsFlag, "", "`address` to serve /metrics on, for Prometheus and not the public; nowhere where empty")
	flags.StringVar(&s.prefix, "prefix", "", "`path` under which everything is served, as in /roles")
	flags.StringSliceVar(&s.origins, originsFlag, nil, "`origins` whose pages may call, as in https://admin.example; no others', and none's where empty")
	flags.BoolVar(&s.seed, "seed", false, "apply the catalog's default roles first, as rolekit seed does")
	flags.DurationVar(&s.end.delay, delayFlag, 0, "how long it goes on when it is told to stop, with /readyz at 503, so that load balancers notice")
	flags.DurationVar(&s.end.patience, patienceFlag, 10*time.Second, "how long requests in flight get to finish when it stops")
	return cmd
}

// site is where it serves, and whom.
type site struct {
	address, metrics *net.TCPAddr // metrics may be nil
	identify         func(*gin.Context) (rolekit.Identity, error)
}

// check finds what is wrong with the settings before anything is opened.
func (s *serveFlags) configure(c *rolekit.Config) {
	s.replica.configure(c)
	s.limits.configure(c)
	c.Limits = rolekit.Limits(s.sizes)
	s.keys.configure(c)
}

func (s *serveFlags) check(ctx context.Context, log *slog.Logger) (at site, err error) {
	if at.identify, err = s.auth.identify(ctx, log); err != nil {
		return at, err
	}
	if s.prefix != "" && (!strings.HasPrefix(s.prefix, "/") || strings.HasSuffix(s.prefix, "/")) {
		return at, usagef("--prefix %q must begin with a slash and not end with one, as in /roles", s.prefix)
	}
	if at.address, err = resolve(listenFlag, s.listen, s.auth.secret.dev); err != nil {
		return at, err
	}
	if s.metrics != "" {
		if at.metrics, err = resolve(metricsFlag, s.metrics, s.auth.secret.dev); err != nil {
			return at, err
		}
	}
	if len(s.origins) > 0 {
		if _, err := serving.CORS(s.origins...); err != nil {
			return at, usagef("--%s: %w", originsFlag, err)
		}
	}
	if s.end.delay < 0 || s.end.patience < 0 {
		return at, usagef("--%s is %s and --%s %s; use 0s or more", delayFlag, s.end.delay, patienceFlag, s.end.patience)
	}
	if err := s.limits.check(); err != nil {
		return at, err
	}
	if err := s.traces.check(); err != nil {
		return at, err
	}
	if err := s.sizes.check(); err != nil {
		return at, err
	}
	return at, cmp.Or(s.keys.check(), s.replica.check())
}

func (s *serveFlags) run(ctx context.Context, log *slog.Logger) error {
	at, err := s.check(ctx, log)
	if err != nil {
		return err
	}
	spans, endTraces, err := s.traces.provider(ctx, log)
	if err != nil {
		return err
	}
	defer endTraces()
	s.kit.spans = spans
	kit, err := s.kit.open(ctx, log, s.configure)
	if err != nil {
		return err
	}
	defer kit.close()
	if own := kit.Catalog().Accesses(); len(own) > 0 {
		log.Warn("what the catalog's own accesses reach, only the application can tell; here they reach nothing",
			"access", named(own, func(a rolekit.AccessInfo) string { return string(a.ID) }))
	}
	if s.seed {
		report, err := seed.Apply(ctx, kit.Kit)
		if err != nil {
			return err
		}
		log.Info("seeded", "added", report.Added, "changed", report.Changed, "unchanged", len(report.Unchanged), "unknown", report.Unknown)
	}
	counted := newMeasures(at.metrics != nil)
	handler, err := s.handler(kit.Kit, at.identify, counted, s.end.begun.Load, log)
	if err != nil {
		return err
	}
	listener, err := net.ListenTCP("tcp", at.address)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w; choose another address with --%s", s.listen, err, listenFlag)
	}
	stopMetrics, err := serveMetrics(log, at.metrics, &s.limits, func() http.Handler { return counted.handler(kit.Kit) })
	if err != nil {
		_ = listener.Close()
		return err
	}
	defer stopMetrics()
	log.Info("listening", "address", listener.Addr().String(), "prefix", s.prefix, "database", kit.database.at.name, "dev", s.auth.secret.dev)
	if s.auth.secret.dev {
		log.Warn("--dev trusts tokens that everyone can make; never use it where others can connect")
	}
	return s.watchAndServe(ctx, kit, listener, handler)
}

// watchAndServe keeps the kit up to date until the last request is answered, and
// tells others what is left to tell.
func (s *serveFlags) watchAndServe(ctx context.Context, kit *opened, listener net.Listener, handler http.Handler) error {
	watching, stop := context.WithCancel(context.WithoutCancel(ctx))
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		_ = kit.Watch(watching) // it goes on whatever happens, and has logged that
	}()
	err := serve(ctx, kit.log, listener, s.limits.server(kit.log, handler), &s.end)
	kit.tell(ctx)
	stop()
	<-watched
	return err
}
