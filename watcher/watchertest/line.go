package watchertest

import (
	"net"
	"net/url"
	"sync"
	"sync/atomic"
)

// line leads to a server. It can be watched, and held so that nothing passes and
// no end notices.
type line struct {
	open atomic.Int64 // how many connections there are
	sent atomic.Int64 // how many bytes went to the server

	server string       // its address
	hold   sync.RWMutex // locked while nothing passes
}

// throughLine lets watchers that are opened from now on go through a line.
func (w *world) throughLine() *line {
	w.Helper()
	address, err := url.Parse(w.url)
	w.ok("the server's URL", err)
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it ends with the test
	w.ok("listen", err)
	l := &line{server: address.Host}
	var running sync.WaitGroup
	running.Go(func() { l.accept(listener, &running) })
	w.Cleanup(func() {
		w.ok("close the line", listener.Close())
		running.Wait()
	})
	address.Host = listener.Addr().String()
	w.url = address.String()
	return l
}

func (l *line) accept(listener net.Listener, running *sync.WaitGroup) {
	for {
		client, err := listener.Accept()
		if err != nil {
			return
		}
		running.Go(func() { l.connect(client) })
	}
}

func (l *line) connect(client net.Conn) {
	defer client.Close() //nolint:errcheck // it may be closed already
	l.hold.RLock()
	server, err := net.Dial("tcp", l.server) //nolint:noctx // it ends with the client
	l.hold.RUnlock()
	if err != nil {
		return
	}
	l.open.Add(1)
	defer l.open.Add(-1)
	var passing sync.WaitGroup
	passing.Go(func() { l.pass(server, client, &l.sent) })
	passing.Go(func() { l.pass(client, server, new(atomic.Int64)) })
	passing.Wait()
}

// pass passes bytes on until an end is closed, and then closes the other.
func (l *line) pass(to, from net.Conn, passed *atomic.Int64) {
	defer to.Close()   //nolint:errcheck // it may be closed already
	defer from.Close() //nolint:errcheck // as above
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		l.hold.RLock()
		_, err = to.Write(buffer[:n])
		l.hold.RUnlock()
		if err != nil {
			return
		}
		passed.Add(int64(n))
	}
}
