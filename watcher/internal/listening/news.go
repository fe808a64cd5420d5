package listening

import "sync"

// Most is how many messages wait for a listener that is slower than they come.
// When there are more, all of them become one empty message, which says "look at
// everything".
const Most = 1024

// News is what a session learns. Its methods never block, so that a slow
// listener neither fills the server's buffers nor looks like a dead connection.
// They are safe for concurrent use.
type News struct {
	ready chan struct{} // holds one token while there are events

	mu     sync.Mutex
	events []event
	down   bool // lost was said, and nothing came since
}

type event struct {
	message string
	lost    error
}

func newNews() *News { return &News{ready: make(chan struct{}, 1)} }

// Heard passes a message on.
func (n *News) Heard(message string) { n.put(event{message: message}) }

// Missed says that messages may have gone by unheard, as they do while there
// is no connection. A session calls it each time when it has connected.
func (n *News) Missed() { n.put(event{}) }

// Lost says that the connection is gone. Only the first reason of an outage is
// passed on; attempts that fail like the one before are no news.
func (n *News) Lost(err error) { n.put(event{lost: err}) }

func (n *News) put(e event) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if e.lost != nil && n.down {
		return
	}
	n.down = e.lost != nil
	if len(n.events) == Most {
		n.events = n.events[:0]
		e.message = ""
	}
	n.events = append(n.events, e)
	select {
	case n.ready <- struct{}{}:
	default:
	}
}

// take returns what came since the last call, in order.
func (n *News) take() []event {
	n.mu.Lock()
	defer n.mu.Unlock()
	events := n.events
	n.events = nil
	return events
}
