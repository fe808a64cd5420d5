package replicatest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// secret signs the tokens that the replicas of all tests trust.
const secret = "a secret of thirty-two bytes or more"

// replica is a running rolekit serve.
type replica struct {
	t    testing.TB
	name string
	args []string
	env  []string
	dir  string // with its catalog

	mu    sync.Mutex
	url   string
	cmd   *exec.Cmd
	ended chan struct{} // closed when the process has
	log   lockedBuffer  // of all its lives
}

// serve starts a replica on a database, which is stopped when the test ends. The
// test fails if it did not live until then, ever panicked, or met a database that
// holds less than before.
func serve(t testing.TB, name string, db database, args ...string) *replica {
	t.Helper()
	// An address may hold a password, which is refused on a command line.
	r := &replica{t: t, name: name, dir: t.TempDir(), env: []string{"ROLEKIT_SECRET=" + secret, "ROLEKIT_DATABASE=" + db.address}}
	r.args = append([]string{
		"serve", "--change-rate", "0", "--catalog", "catalog.yaml", "--operators", string(operators),
		"--listen", "127.0.0.1:0", "--log-format", "json",
	}, args...)
	if err := os.WriteFile(filepath.Join(r.dir, "catalog.yaml"), []byte(catalogYAML), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.cleanUp)
	r.start()
	return r
}

// start starts the process and waits until it listens.
func (r *replica) start() {
	r.t.Helper()
	cmd := exec.Command(program(r.t), r.args...) //nolint:gosec,noctx // the program was built by this test; cleanUp ends it
	cmd.Dir, cmd.Env, cmd.Stderr = r.dir, r.env, &r.log
	before, ended, started := len(r.log.String()), make(chan struct{}), make(chan error)
	go func() {
		// Linux asks whether the thread that started it ends, so that thread waits.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		dieWithParent(cmd)
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended, the log tells
			close(ended)
		}
	}()
	if err := <-started; err != nil {
		r.t.Fatal(err)
	}
	r.mu.Lock()
	r.cmd, r.ended = cmd, ended
	r.mu.Unlock()
	until(r.t, r.name+" listens", func() bool {
		select {
		case <-ended:
			r.t.Fatalf("%s ended instead of listening:\n%s", r.name, r.logged())
		default:
		}
		address := addressIn(r.log.String()[before:])
		r.mu.Lock()
		defer r.mu.Unlock()
		r.url = "http://" + address
		return address != ""
	})
}

// addressIn finds in a log where the program listens; it is empty until it does.
func addressIn(log string) string {
	for line := range strings.Lines(log) {
		var entry struct{ Msg, Address string }
		if strings.HasSuffix(line, "\n") && json.Unmarshal([]byte(line), &entry) == nil && entry.Msg == "listening" {
			return entry.Address
		}
	}
	return ""
}

func (r *replica) process() (*exec.Cmd, chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.cmd, r.ended
}

// kill ends the process without a chance to finish anything.
func (r *replica) kill() {
	r.t.Helper()
	cmd, ended := r.process()
	if err := cmd.Process.Kill(); err != nil {
		r.t.Fatal(err)
	}
	<-ended
}

func (r *replica) cleanUp() {
	cmd, ended := r.process()
	if cmd == nil {
		return
	}
	select {
	case <-ended:
		r.t.Errorf("%s ended by itself", r.name)
	default:
		_ = cmd.Process.Signal(syscall.SIGTERM) // it fails where the process has just ended
		select {
		case <-ended:
		case <-time.After(patience):
			r.t.Errorf("%s does not end", r.name)
			_ = cmd.Process.Kill()
			<-ended
		}
	}
	for _, never := range []string{"panic", "the store has gone back"} {
		if strings.Contains(r.log.String(), never) {
			r.t.Errorf("%s logs: %s", r.name, never)
		}
	}
	if r.t.Failed() {
		r.t.Logf("the log of %s:\n%s", r.name, r.logged())
	}
}

// logged is the log without the requests.
func (r *replica) logged() string {
	var lines []string
	for line := range strings.Lines(r.log.String()) {
		if !strings.Contains(line, `"msg":"request"`) {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

// answer is what a replica answers.
type answer struct {
	status   int
	revision string // the header of an edit's
	body     string
}

// errAway is why there is no answer, or none but that there can be none now.
var errAway = errors.New("away")

// away reports whether the answer is that the replica cannot do it now.
func (a answer) away() bool { return a.status == 503 }

// allows asks whether somebody has a right, by at least a revision where that is
// not empty. An error that is not errAway is none that a client should see.
func (r *replica) allows(ctx context.Context, want right, atLeast string) (bool, error) {
	body := fmt.Sprintf(`{"user":%q,"permission":%q}`, want.user, want.want)
	a, err := r.ask(ctx, "POST", "/v1/orgs/"+string(want.org)+"/check", body, atLeast)
	if err != nil {
		return false, err
	}
	if a.away() {
		return false, fmt.Errorf("%w: %s", errAway, a.body)
	}
	var decision struct{ Allowed *bool }
	if err := json.Unmarshal([]byte(a.body), &decision); a.status != 200 || err != nil || decision.Allowed == nil {
		return false, fmt.Errorf("%s answers a check by %d %s", r.name, a.status, a.body)
	}
	return *decision.Allowed, nil
}

// lockedBuffer is a buffer that is written to and read at the same time.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
