package middleware

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// FetchConfig configures [FetchKeySet]. Only URL is required.
type FetchConfig struct {
	// Client fetches, with its own transport and proxies. Its CheckRedirect is
	// not asked. Default: one with Go's default transport.
	Client *http.Client
	// Logger takes what cannot be fetched or used, and how many keys there are when
	// that changes. Default: slog.Default().
	Logger *slog.Logger
	// MaxAge is how long keys are accepted after they were last read with success.
	// Past it no token is, until they can be read again. Default: 1 hour, or Refresh
	// if that is more.
	MaxAge time.Duration
	// MinInterval is the least time between the beginnings of two fetches,
	// whatever asks for them; a token that names an unknown key does. Default: 10
	// seconds, or Refresh if that is less.
	MinInterval time.Duration
	// Refresh is how often the keys are read anew, and so how long one that is not
	// published any more is still accepted. Default: 5 minutes.
	Refresh time.Duration
	// Timeout is how long a fetch may take. Default: 5 seconds.
	Timeout time.Duration
	// URL is where the issuer publishes its keys as a JWK set (RFC 7517). It, and
	// whatever it redirects to, must begin with https://, or be on this machine.
	URL string
}

const (
	maxKeySet    = 512 << 10 // bytes of a set; those of large providers have 20 KiB
	maxRedirects = 3
)

// FetchKeySet returns the keys that are published at a URL, and reads them anew
// until the context ends. It does not wait for the first: who asks for them does.
// While they cannot be had, tokens are answered 503, since nobody can tell whether
// they are genuine. It fails when the configuration is wrong, not when the issuer is
// away.
func FetchKeySet(ctx context.Context, config FetchConfig) (*KeySet, error) {
	config.setDefaults()
	if err := config.check(); err != nil {
		return nil, err
	}
	client := *config.Client
	client.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		if len(via) > maxRedirects {
			return errors.New("there are too many redirects")
		}
		return secureURL(r.URL)
	}
	set := &KeySet{}
	set.fetcher = &fetcher{config: config, client: &client, ctx: ctx, into: &set.held}
	go set.fetcher.keepUp()
	return set, nil
}

func (c *FetchConfig) setDefaults() {
	if c.Client == nil {
		c.Client = &http.Client{}
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Refresh == 0 {
		c.Refresh = 5 * time.Minute
	}
	if c.MaxAge == 0 {
		c.MaxAge = max(time.Hour, c.Refresh)
	}
	if c.MinInterval == 0 {
		c.MinInterval = min(10*time.Second, c.Refresh)
	}
	if c.Timeout == 0 {
		c.Timeout = 5 * time.Second
	}
}

func (c *FetchConfig) check() error {
	const hint = "use an address such as https://login.example/keys.json"
	u, err := url.Parse(c.URL)
	if err != nil { // it would quote the address
		return invalid("FetchConfig.URL cannot be read", hint)
	}
	if err := secureURL(u); err != nil {
		return invalid("FetchConfig.URL: "+err.Error(), hint)
	}
	if c.MinInterval <= 0 || c.Timeout <= 0 || c.Refresh < c.MinInterval || c.MaxAge < c.Refresh {
		return invalid(fmt.Sprintf("FetchConfig has MinInterval %s, Refresh %s, MaxAge %s and Timeout %s", c.MinInterval, c.Refresh, c.MaxAge, c.Timeout),
			"use a MaxAge no shorter than Refresh, and a Refresh no shorter than MinInterval")
	}
	return nil
}

// secureURL refuses an address where somebody on the way could put in keys of
// their own.
func secureURL(u *url.URL) error {
	host := u.Hostname()
	ip := net.ParseIP(host)
	switch {
	case host == "":
		return errors.New("the address names no host")
	case u.User != nil:
		return errors.New("the address holds a name or a password")
	case u.Scheme == "https", u.Scheme == "http" && (host == "localhost" || ip != nil && ip.IsLoopback()):
		return nil
	}
	return errors.New("the address is neither https nor on this machine")
}

// fetcher reads keys from where they are published.
type fetcher struct {
	config FetchConfig
	client *http.Client
	ctx    context.Context //nolint:containedctx // its end is the fetcher's
	into   *atomic.Pointer[heldKeys]

	mu    sync.Mutex
	began time.Time     // when the last fetch began
	ends  chan struct{} // closed when the fetch that is under way ends; nil when none is
}

// keepUp reads the keys now, and again and again until the context ends.
func (f *fetcher) keepUp() {
	for f.ctx.Err() == nil {
		f.renew(f.ctx)
		next := f.config.Refresh
		if held := f.into.Load(); held == nil || time.Since(held.at) > f.config.Refresh {
			next = f.config.MinInterval // the last try failed
		}
		select {
		case <-f.ctx.Done():
		case <-time.After(next):
		}
	}
}

// renew waits, for as long as the context lasts, until the keys were read anew. It
// starts that, where it is not under way. It returns false without waiting when the
// last try began a moment ago: else a stranger could have the issuer asked as often
// as they ask here.
func (f *fetcher) renew(ctx context.Context) bool {
	ends := f.start()
	if ends == nil {
		return false
	}
	select {
	case <-ends:
		return true
	case <-ctx.Done():
		return false
	}
}

func (f *fetcher) start() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ends != nil {
		return f.ends
	}
	if !f.began.IsZero() && time.Since(f.began) < f.config.MinInterval || f.ctx.Err() != nil {
		return nil
	}
	f.began, f.ends = time.Now(), make(chan struct{})
	go f.read(f.began, f.ends)
	return f.ends
}

// read puts the keys that are published in the place of those that are held. When
// that fails, they stay.
func (f *fetcher) read(began time.Time, ends chan<- struct{}) {
	keys, bad, err := f.get()
	log := f.config.Logger
	switch held := f.into.Load(); {
	case err != nil:
		log.Error("the keys that tokens are verified with cannot be read", "from", f.place(), "error", err)
	default:
		for _, b := range bad {
			log.Warn("a key that is published cannot be used", "from", f.place(), "error", b)
		}
		if held == nil || len(held.keys) != len(keys) {
			log.Info("the keys that tokens are verified with", "from", f.place(), "keys", len(keys))
		}
		f.into.Store(&heldKeys{began, keys})
	}
	f.mu.Lock()
	f.ends = nil
	f.mu.Unlock()
	close(ends)
}

func (f *fetcher) get() (keys []publishedKey, bad []error, err error) {
	defer recovered("reading the keys", &err) // it is in nobody's request
	ctx, cancel := context.WithTimeout(f.ctx, f.config.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, f.config.URL, http.NoBody)
	if err != nil {
		return nil, nil, err
	}
	request.Header.Set("Accept", "application/jwk-set+json, application/json")
	response, err := f.client.Do(request)
	if e, ok := errors.AsType[*url.Error](err); ok {
		return nil, nil, e.Err // without the address, whose query may be a secret
	}
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close() //nolint:errcheck // all that is wanted was read
	if response.StatusCode != http.StatusOK {
		return nil, nil, fmt.Errorf("it answers %d", response.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, maxKeySet+1))
	switch {
	case err != nil:
		return nil, nil, err
	case len(text) > maxKeySet:
		return nil, nil, fmt.Errorf("it answers more than %d bytes", maxKeySet)
	}
	return parseJWKs(text)
}

// place is the address as it may be logged.
func (f *fetcher) place() string {
	u, err := url.Parse(f.config.URL)
	if err != nil {
		return "" // it was parsed before
	}
	return u.Scheme + "://" + u.Host + u.EscapedPath()
}
