package main_test

import (
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// differs is what differs from one database to the next: revisions, times, and the
// numbers of events.
var differs = regexp.MustCompile(`"revision": [0-9]+|\(revision [0-9]+\)|"id":[0-9]+|\b202[0-9]-[0-9]{2}-[0-9]{2}T[0-9:.]+Z`)

// asked is what commands print and how they end, by a server and directly; each must
// be the same of both. The server goes first: what it changes it knows at once, and who
// opens a database sees all that is in it.
func (p *place) asked(s *server, commands ...string) map[string]string {
	p.t.Helper()
	p.write("token", p.token("--dev", "--user", "sue"))
	all := map[string]string{}
	for _, command := range commands {
		served := p.run(append(strings.Fields(command), "--server", s.url, "--token-file", "token")...)
		direct := p.run(append(strings.Fields(command), "--catalog", "catalog.yaml")...)
		if diff := cmp.Diff(direct.stdout, served.stdout); diff != "" || direct.code != served.code {
			p.t.Errorf("%s (-directly, %d; +by the server, %d):\n%s", command, direct.code, served.code, diff)
		}
		all[command] = differs.ReplaceAllString(fmt.Sprintf("%d\n%s%s", direct.code, direct.stdout, direct.stderr), "_")
	}
	return all
}

// TestTheTerminalOnEveryDatabase asks and changes the world of the scripts on each kind
// of database: all answer the same.
func TestTheTerminalOnEveryDatabase(t *testing.T) {
	commands := []string{
		"can casey invoices:write --org tom", "can casey invoices:void --org tom", "can kim jobs:read --org east --resource project-7 --json",
		"can casey invoices:wirte --org tom", "can casey invoices:write --org tim", "explain casey invoices:read --org west", "explain dora invoices:read --org tom",
		"who-can invoices:read --org tom", "who-can jobs:read --org east --resource project-7 --json", "show roles --org east", "show roles bookkeeper --org tom --json",
		"show user casey", "show user dora --json", "show user nobody", "orgs", "orgs tom --json", "members --org tom", "members --org tom --group night-shift --json",
		"audit --org tom", "audit --org tom --action member.assign --json", "audit", "assign kim clark --org tom", "assign kim clerk --org tom --until 2031-05-06",
		"assign night-shift guest --group --org tom", "members --org tom --role clerk", "show user kim", "unassign kim clerk --org tom",
		"unassign night-shift guest --group --org tom", "unassign sue owner --org ops", "audit --org tom --limit 4",
	}
	var want map[string]string
	for _, kind := range kinds() { // SQLite, which the scripts look at more closely, comes first
		t.Run(kind, func(t *testing.T) {
			d := newDatabase(t, kind)
			if err := makeWorld(t.Context(), d.open(t)); err != nil {
				t.Fatal(err)
			}
			p := newPlace(t, "ROLEKIT_DATABASE="+d.address)
			p.write("catalog.yaml", worldCatalog)
			got := p.asked(p.serve("--dev", "--operators", "ops"), commands...)
			if want == nil {
				want = got
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("SQLite and %s differ:\n%s", kind, diff)
			}
			for command, text := range map[string]string{
				"can casey invoices:void --org tom": "1\nno\n", "members --org tom --role clerk": "kim   clerk until 2031-05-06T00:00:00Z", "unassign sue owner --org ops": "1\n",
			} {
				if !strings.Contains(got[command], differs.ReplaceAllString(text, "_")) {
					t.Errorf("%s: got %s, want %s", command, got[command], text)
				}
			}
		})
	}
}

// TestTheTerminalOnLargeCatalogs asks about hundreds of permissions.
func TestTheTerminalOnLargeCatalogs(t *testing.T) {
	for catalog, permission := range map[string]string{"cluster": "pods:log", "incidents": "private-incidents:read", "project-hosting": "projects:transfer"} {
		t.Run(catalog, func(t *testing.T) {
			t.Parallel()
			text, err := fs.ReadFile(os.DirFS("../../testdata/catalogs"), catalog+".yaml")
			if err != nil {
				t.Fatal(err)
			}
			p := newPlace(t)
			p.write("catalog.yaml", string(text))
			if got := p.run("seed", "--catalog", "catalog.yaml", "--operators", "ops", "--operator", "sue"); got.code != 0 {
				t.Fatalf("%+v", got)
			}
			for command, said := range p.asked(p.serve("--dev", "--operators", "ops"),
				"show roles --org ops", "show roles --org ops --json", "show user sue", "show user sue --json", "can sue "+permission+" --org ops",
				"explain sue "+permission+" --org ops", "who-can "+permission+" --org ops --json", "audit --json",
			) {
				if !strings.HasPrefix(said, "0\n") || !strings.Contains(said, permission) && !strings.HasPrefix(command, "can") && !strings.HasPrefix(command, "who-can") {
					t.Errorf("%s: %s", command, said)
				}
			}
		})
	}
}
