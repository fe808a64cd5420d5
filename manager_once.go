package rolekit

import (
	"context"
	"crypto/rand"
	"errors"
	"time"
)

const (
	// turnLasts is how long whoever began a request has it to themselves. It is
	// longer than one takes, and not so long that nobody waits for one whose
	// process is gone. Where it is too short all the same, nothing is done twice.
	turnLasts = 30 * time.Second
	// clearedAtOnce bounds how many old replies each request takes away. It is more
	// than the one that it adds, so that they become few again.
	clearedAtOnce = 20
	maxKey        = 255 // characters, as the column holds
	maxHash       = 64
	maxOwner      = 100
)

// Request is one that may come again, because whoever sent it does not know what
// became of it.
type Request struct {
	Key  string // which of the actor's requests it is: 1 to 255 characters
	Hash string // of all that it asks for, so that another is told from it: 1 to 64 characters
}

// Once does what a request asks for once, however often the request comes and in
// however many processes at once. do makes its changes with the manager that it is
// given, and returns the reply, which must not be empty; changes and reply commit
// together or not at all. When the request comes again within Config.KeepReplies,
// the reply is returned as it was, do is not called, and again is true.
//
// A request that fails leaves nothing behind and may come again. do is called
// several times, so it must have no effect but through the manager: first to see
// whether it is refused by what memory knows, and then in the transaction, again
// where the database gives up on that for another's sake. What it reads with that
// manager is what was committed before.
//
// Requests are told apart by actor and key. ErrKeyReused comes back where the key
// was another request's, ErrInProgress while the request is being done, and
// ErrTooManyReplies when the actor has Config.MaxReplies. The manager must not be
// one that joins the application's transaction. See ADR 16.
func (m *Manager) Once(ctx context.Context, r Request, do func(*Manager) (string, error)) (reply string, again bool, err error) {
	if err := m.checkRequest(r); err != nil {
		return "", false, err
	}
	o := &once{m: m, request: r, owner: m.actor.String(), turn: rand.Text(), do: do}
	if reply, err := o.look(ctx); reply != "" || err != nil {
		return reply, reply != "", err
	}
	// Who may not do it, or asks for what makes no sense, troubles the store no more.
	reply, err = do(m.with(probe{}))
	if !errors.Is(err, errWouldChange) {
		return reply, false, err
	}
	if reply, err := o.take(ctx); reply != "" || err != nil {
		return reply, reply != "", err
	}
	reply, err = o.perform(ctx)
	return reply, false, err
}

// with returns the manager with another transaction.
func (m *Manager) with(tx Transaction) *Manager { return &Manager{kit: m.kit, actor: m.actor, tx: tx} }

func (m *Manager) checkRequest(r Request) error {
	owner := m.actor.String()
	switch {
	case m.tx != nil:
		return errorf(CodeInvalid, "a request cannot be repeated within the application's transaction").
			hint("take a manager without In; what is done once commits by itself")
	case m.actor == Actor{}:
		return errorf(CodeUnauthenticated, "nobody asks for this").hint("use Manager().As(actor)")
	case r.Key == "" || len(r.Key) > maxKey:
		return errorf(CodeInvalid, "the key has %d characters", len(r.Key)).hint("use 1 to %d", maxKey)
	case r.Hash == "" || len(r.Hash) > maxHash:
		return errorf(CodeInvalid, "the hash has %d characters", len(r.Hash)).hint("use 1 to %d", maxHash)
	case len(owner) > maxOwner:
		return errorf(CodeInvalid, "the actor's name has %d characters", len(owner)).hint("use at most %d", maxOwner)
	}
	return nil
}

// once is one call of Once.
type once struct {
	m       *Manager
	request Request
	owner   string
	turn    string // tells this call from others of the same request
	do      func(*Manager) (string, error)
}

func (o *once) now() time.Time { return o.m.kit.config.Clock() }

// look returns the reply, if the request was done; empty where this call may be
// the one to do it.
func (o *once) look(ctx context.Context) (reply string, err error) {
	err = o.m.kit.store.View(ctx, func(tx Reader) error {
		r, _, err := tx.Reply(ctx, o.owner, o.request.Key)
		if err == nil {
			reply, err = o.judge(r)
		}
		return err
	})
	if err != nil {
		return "", unavailable("whether the request came before cannot be found out", err)
	}
	return reply, nil
}

// judge says what follows from what is kept of the request: its reply, or why not
// to do it, or neither.
func (o *once) judge(r Reply) (string, error) {
	now := o.now()
	done := r.Body != ""
	switch {
	case done && now.Sub(r.At) >= o.m.kit.config.KeepReplies, !done && now.Sub(r.At) >= turnLasts: // also of none
		return "", nil
	case r.Request != o.request.Hash:
		return "", errorf(CodeKeyReused, "the key is that of another request").
			hint("send the same request with it, or a new key with a new one")
	case !done:
		return "", errorf(CodeInProgress, "the request is being done").
			hint("try again in a moment, with the same key; it takes %s at most", turnLasts)
	}
	return r.Body, nil
}

// take makes it this call's turn to do the request, or returns what look would.
func (o *once) take(ctx context.Context) (reply string, err error) {
	config := o.m.kit.config
	err = o.m.kit.store.Update(ctx, func(tx Writer) error {
		reply = ""
		if err := tx.DeleteRepliesBefore(ctx, o.now().Add(-max(config.KeepReplies, turnLasts)), clearedAtOnce); err != nil {
			return err
		}
		r, there, err := tx.LockReply(ctx, o.owner, o.request.Key)
		if err != nil {
			return err
		}
		if reply, err = o.judge(r); reply != "" || err != nil {
			return err
		}
		mine := Reply{Owner: o.owner, Name: o.request.Key, Request: o.request.Hash, Turn: o.turn, At: o.now()}
		if there {
			return tx.UpdateReply(ctx, mine)
		}
		n, err := tx.CountReplies(ctx, o.owner)
		if err != nil {
			return err
		}
		if n >= config.MaxReplies {
			return errorf(CodeTooManyReplies, "%s has sent %d requests with keys, whose replies are kept", o.owner, n).
				hint("send no key, or wait: each is forgotten %s after it came", config.KeepReplies)
		}
		err = tx.InsertReply(ctx, mine)
		if errors.Is(err, ErrExists) { // since it was looked for
			if r, _, err = tx.LockReply(ctx, o.owner, o.request.Key); err == nil {
				reply, err = o.judge(r)
			}
		}
		return err
	})
	if err != nil {
		return "", unavailable("the request was not begun", err)
	}
	return reply, nil
}

// perform does the request and keeps the reply, in one transaction.
func (o *once) perform(ctx context.Context) (reply string, err error) {
	defer o.m.publishing()()
	var tx *turnTransaction
	finished := false
	defer func() {
		if !finished { // do panics
			_, _ = o.giveBack(ctx)
		}
	}()
	attempt := func(anew bool) error {
		return o.m.kit.store.Update(ctx, func(w Writer) (err error) {
			tx = &turnTransaction{w: w, anew: anew}
			reply, err = o.do(o.m.with(tx))
			if err == nil {
				err = tx.failed // of which do may have said nothing
			}
			if err != nil {
				return err
			}
			return o.keep(ctx, w, reply, tx.org)
		})
	}
	err = attempt(false)
	if isStale(err) { // as in transact
		err = attempt(true)
	}
	finished = true
	if err != nil {
		kept, lost := o.giveBack(ctx)
		if lost != nil {
			o.m.kit.config.Logger.WarnContext(ctx, "a request that failed is not begun anew for a while", "after", turnLasts, "error", lost)
		}
		if kept == "" {
			return "", unavailable("the change was not made", err)
		}
		reply = kept // the connection broke during the commit, which came about
	}
	tx.publish()
	return reply, nil
}

// keep writes the reply down where it is still this call's turn. It comes last, so
// that organisations are always held before replies; a deletion does it so too.
func (o *once) keep(ctx context.Context, tx Writer, reply string, org OrgID) error {
	if reply == "" {
		return errorf(CodeInvalid, "the reply to a request is empty").hint("return one, so that it can be told from none")
	}
	r, there, err := tx.LockReply(ctx, o.owner, o.request.Key)
	if err != nil {
		return err
	}
	if !there || r.Turn != o.turn || r.Body != "" {
		return errorf(CodeInProgress, "the request took too long, and is being done by another that came").
			hint("try again in a moment, with the same key")
	}
	r.Body, r.Org, r.At = reply, org, o.now()
	return tx.UpdateReply(ctx, r)
}

// giveBack ends this call's turn after a failure. It returns the reply where the
// request was done after all.
func (o *once) giveBack(ctx context.Context) (reply string, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout) // the context may be what ended
	defer cancel()
	err = o.m.kit.store.Update(ctx, func(tx Writer) error {
		reply = ""
		r, there, err := tx.LockReply(ctx, o.owner, o.request.Key)
		if err != nil || !there || r.Turn != o.turn {
			return err
		}
		if r.Body != "" {
			reply = r.Body
			return nil
		}
		return tx.DeleteReply(ctx, o.owner, o.request.Key)
	})
	return reply, err
}
