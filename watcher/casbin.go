// Package watcher lets other Casbin programs share the news that policies
// changed. The packages below it carry the news.
package watcher

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	"github.com/casbin/casbin/v2/persist"

	"github.com/rolekit/rolekit"
)

// sendWithin is how long Update may take. Casbin passes no context.
const sendWithin = 10 * time.Second

// Config configures [Casbin]. The zero value is useful.
type Config struct {
	// Lost is called when nothing is heard any more, with the reason: once an
	// outage, and when listening failed for good. Default: nothing is said. In
	// either case the policy is reloaded after the connection is back.
	Lost func(error)
}

// Casbin makes a watcher one for Casbin's enforcers, in a program that reads
// the kit's rules without the kit:
//
//	err := enforcer.SetWatcher(watcher.Casbin(w, watcher.Config{}))
//
// The enforcer then reloads when a kit changed something, and kits look at
// everything when the enforcer did. What it sends itself it does not hear.
//
// SetUpdateCallback begins to listen. When it returns, the callback was called
// once, for what changed between loading and listening, or no connection could
// be made yet, and Lost was called. It fails when listening cannot be. The
// callback is called by one goroutine, with each message, or with an empty one
// where several came meanwhile or some may have been missed. Close waits for a
// callback that is running. All methods are safe for concurrent use; a callback
// must call none of them but Update.
func Casbin(w rolekit.Watcher, config Config) persist.Watcher { //nolint:ireturn // it is what SetWatcher takes
	if config.Lost == nil {
		config.Lost = func(error) {}
	}
	c := &casbin{watcher: w, lost: config.Lost, own: "casbin " + rand.Text(), news: make(chan string, 1), settled: make(chan struct{})}
	c.settle = sync.OnceFunc(func() { close(c.settled) })
	c.ctx, c.cancel = context.WithCancel(context.Background())
	return c
}

type casbin struct {
	watcher rolekit.Watcher
	lost    func(error)
	own     string          // what this one sends; kits cannot read it
	ctx     context.Context //nolint:containedctx // Close ends it; Casbin passes none
	cancel  context.CancelFunc
	running sync.WaitGroup
	news    chan string   // what the callback is to be called with
	settled chan struct{} // closed when the first attempt to listen came to something
	settle  func()

	mu        sync.Mutex
	callback  func(string)
	listening bool
	failed    error
}

// SetUpdateCallback implements [persist.Watcher].
func (c *casbin) SetUpdateCallback(callback func(string)) error {
	if err := c.begin(callback); err != nil {
		return err
	}
	select {
	case <-c.settled:
	case <-c.ctx.Done():
		return errClosed()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failed
}

func (c *casbin) begin(callback func(string)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ctx.Err() != nil {
		return errClosed()
	}
	c.callback = callback
	if !c.listening {
		c.listening = true
		c.running.Go(c.listen)
		c.running.Go(c.callBack)
	}
	return nil
}

func (c *casbin) listen() {
	failed := func(err error) {
		c.lost(err)
		c.settle()
	}
	if err := c.watcher.Listen(c.ctx, c.hear, failed); err != nil {
		c.mu.Lock()
		c.failed = err
		c.mu.Unlock()
		failed(err)
	}
}

// hear leaves a message for the callback, and an empty one in place of two.
func (c *casbin) hear(message string) {
	if message == c.own {
		return
	}
	select {
	case <-c.news:
		message = ""
	default:
	}
	c.news <- message // there is room: nobody else sends
}

func (c *casbin) callBack() {
	for {
		select {
		case <-c.ctx.Done():
			return
		case message := <-c.news:
			c.mu.Lock()
			callback := c.callback
			c.mu.Unlock()
			if callback != nil && c.ctx.Err() == nil {
				callback(message)
			}
			c.settle()
		}
	}
}

// Update implements [persist.Watcher].
func (c *casbin) Update() error {
	ctx, cancel := context.WithTimeout(c.ctx, sendWithin)
	defer cancel()
	return c.watcher.Notify(ctx, c.own)
}

// Close implements [persist.Watcher].
func (c *casbin) Close() {
	c.mu.Lock()
	c.cancel() // from here on nothing begins
	c.mu.Unlock()
	c.running.Wait()
}

func errClosed() error {
	return &rolekit.Error{Code: rolekit.CodeUnavailable, Message: "the watcher is closed", Hint: "make another one"}
}
