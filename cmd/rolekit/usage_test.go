package main_test

import (
	"strings"
	"testing"
)

func TestHelpTellsEveryWayToSetAThing(t *testing.T) {
	tests := map[string][]string{
		"--help": {
			"serve  ", "plan  ", "apply  ", "review  ", "seed  ", "migrate  ", "export  ", "import  ", "generate  ", "add  ", "test  ", "lint  ", "routes  ",
			"can  ", "explain  ", "who-can  ", "show  ", "orgs  ", "members  ", "assign  ", "unassign  ", "audit  ",
			"token  ", "version  ", "the flag counts, then the\nenvironment, then the file, then the default",
			"ROLEKIT_SECRET", "Exit codes: 0 all went well, 1 something failed on the way, 2 the command line",
			"--config file   YAML file with settings [ROLEKIT_CONFIG]",
		},
		"serve --help": {
			"[ROLEKIT_LISTEN] (default \"127.0.0.1:8080\")", "[ROLEKIT_DATABASE] (default \"rolekit.db\")", "[ROLEKIT_CATALOG]",
			"[ROLEKIT_SECRET_FILE]", "[ROLEKIT_DEV]", "[ROLEKIT_PREFIX]", "[ROLEKIT_OPERATORS]", "[ROLEKIT_LOG_FORMAT]",
			"[ROLEKIT_LOG_LEVEL]", "[ROLEKIT_SEED]", "[ROLEKIT_SHUTDOWN_TIMEOUT] (default 10s)", "[ROLEKIT_SHUTDOWN_DELAY]", "[ROLEKIT_TRACES_ENDPOINT]", "[ROLEKIT_CONFIG]", "SIGTERM",
			"[ROLEKIT_DATABASE_FILE]", "[ROLEKIT_MIGRATE]", "[ROLEKIT_WATCH] (default \"none\")", "[ROLEKIT_WATCH_CHANNEL] (default \"rolekit\")",
			"[ROLEKIT_POLL_INTERVAL] (default 1s)", "[ROLEKIT_MAX_STALENESS] (default 30s)", "[ROLEKIT_DENY_STALE]", "[ROLEKIT_MAX_LOADED]",
			"[ROLEKIT_MAX_CONNECTIONS] (default 10)", "[ROLEKIT_METRICS_LISTEN]",
			"[ROLEKIT_READ_HEADER_TIMEOUT] (default 5s)", "[ROLEKIT_READ_TIMEOUT] (default 30s)", "[ROLEKIT_REQUEST_TIMEOUT] (default 30s)",
			"[ROLEKIT_WRITE_TIMEOUT] (default 1m0s)", "[ROLEKIT_IDLE_TIMEOUT] (default 2m0s)", "[ROLEKIT_MAX_HEADER_BYTES] (default 65536)",
			"[ROLEKIT_MAX_BODY_BYTES] (default 1048576)", "[ROLEKIT_CHANGE_RATE] (default 20)", "[ROLEKIT_CHANGE_BURST] (default 200)",
			"[ROLEKIT_CORS_ORIGINS]", "[ROLEKIT_JWKS_URL]", "[ROLEKIT_JWKS_FILE]", "[ROLEKIT_JWKS_REFRESH] (default 5m0s)",
			"[ROLEKIT_JWKS_MAX_AGE] (default 1h0m0s)", "[ROLEKIT_JWT_ALGORITHMS]", "[ROLEKIT_ISSUER]", "[ROLEKIT_AUDIENCE]",
			"[ROLEKIT_ANY_ISSUER]", "[ROLEKIT_ANY_AUDIENCE]", "[ROLEKIT_LEEWAY]", "[ROLEKIT_USER_CLAIM] (default \"sub\")",
			"[ROLEKIT_PROFILE_CLAIM] (default \"profile\")",
			"[ROLEKIT_KEY_LIFE] (default 2160h0m0s)", "[ROLEKIT_MAX_KEY_LIFE] (default 8784h0m0s)",
		},
		"migrate --help":        {"[ROLEKIT_DATABASE]", "[ROLEKIT_STATUS]", "it exits with 4"},
		"export --help":         {"[ROLEKIT_ORG]", "[ROLEKIT_BELOW]", "[ROLEKIT_OUTPUT]", "audit log", "[ROLEKIT_LEAVE_UNSAID]"},
		"import --help":         {"in one transaction, in\nthe order of the file", "[ROLEKIT_FROM_CASBIN]", "[ROLEKIT_APPLY]", "[ROLEKIT_NAMES]", "[ROLEKIT_LEAVE_UNKNOWN]", "casbin_rule_before_rolekit", "exits with 4"},
		"seed --help":           {"[ROLEKIT_CATALOG]", "[ROLEKIT_OPERATOR]", "[ROLEKIT_OPERATORS]", "[ROLEKIT_WATCH]"},
		"review --help":         {"grant  ", "decline  ", "[ROLEKIT_SERVER]", "[ROLEKIT_DATABASE]", "Until\nthen the role does not grant them"},
		"review grant --help":   {"[ROLEKIT_ACCESS] (default \"any\")", "[ROLEKIT_ORG]", "Granting what is granted so changes nothing"},
		"review decline --help": {"[ROLEKIT_ORG]", "[ROLEKIT_SERVER]", "Declining twice changes nothing"},
		"token --help":          {"[ROLEKIT_USER]", "[ROLEKIT_ORG]", "[ROLEKIT_PROFILE]", "[ROLEKIT_TTL] (default 1h0m0s)"},
	}
	for args, wants := range tests {
		t.Run(args, func(t *testing.T) {
			got := newPlace(t).run(strings.Fields(args)...)
			if got.code != 0 || got.stderr != "" {
				t.Fatalf("code %d, stderr %q", got.code, got.stderr)
			}
			for _, want := range wants {
				if !strings.Contains(got.stdout, want) {
					t.Errorf("it lacks %q:\n%s", want, got.stdout)
				}
			}
		})
	}
}

func TestVersion(t *testing.T) {
	got := newPlace(t).run("version")
	if got.code != 0 || !strings.HasPrefix(got.stdout, "rolekit ") || !strings.Contains(got.stdout, " go1.") {
		t.Errorf("got %+v", got)
	}
}

// publicKey is a key that an issuer could have published.
const publicKey = `-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAJkEFaaMGoNY8LOQ1ey0ehGDrPM5dVBhOOoJD4KvrCr0=
-----END PUBLIC KEY-----
`

// TestMistakes holds what is wrong with the command line or the configuration
// to exit code 2 and a line that says what to do, and to leaving no database.
func TestMistakes(t *testing.T) {
	tests := []struct {
		name   string
		env    []string
		config string
		args   string
		want   string
	}{
		{"no such command", nil, "", "sreve", `there is no command "sreve"; did you mean serve?`},
		{"no such flag", nil, "", "serve --lisen x", "unknown flag: --lisen; rolekit serve --help lists the flags"},
		{"an argument too many", nil, "", "version now", `rolekit version takes no arguments, and was given ["now"]`},
		{"serve without a secret", nil, "", "serve --catalog catalog.yaml", "there is no signing secret, so no token could be trusted; set ROLEKIT_SECRET"},
		{"serve without any authentication, with keys", nil, "", "serve --catalog catalog.yaml --key-life 1h --seed", "there is no signing secret"},
		{"serve without any authentication, --dev denied", []string{"ROLEKIT_DEV=false"}, "", "serve --catalog catalog.yaml", "there is no signing secret"},
		{"token without a secret", nil, "", "token --user ada", "there is no signing secret"},
		{"a short secret", []string{"ROLEKIT_SECRET=too-short"}, "", "serve --catalog catalog.yaml", "ROLEKIT_SECRET has 9 bytes and needs at least 32"},
		{"a short secret under --dev", []string{"ROLEKIT_SECRET=too-short"}, "", "serve --dev --catalog catalog.yaml", "needs at least 32"},
		{"a secret on the command line", nil, "", "serve --secret " + secret, "put it into ROLEKIT_SECRET"},
		{"two secrets", []string{"ROLEKIT_SECRET=" + secret}, "", "serve --secret-file x", "both ROLEKIT_SECRET and --secret-file are set"},
		{"no secret file", nil, "", "serve --secret-file nowhere", "the signing secret cannot be read: open nowhere"},
		{"--dev for everyone", nil, "", "serve --dev --catalog catalog.yaml --listen 0.0.0.0:0", `it does not listen on "0.0.0.0:0"`},
		{"--dev for everyone, unsaid", nil, "", "serve --dev --catalog catalog.yaml --listen :0", `it does not listen on ":0"`},
		{"--dev for everyone, IPv6", nil, "", "serve --dev --catalog catalog.yaml --listen [::]:0", `it does not listen on "[::]:0"`},
		{"--dev with a secret for everyone", []string{"ROLEKIT_SECRET=" + secret}, "", "serve --dev --catalog catalog.yaml --listen 0.0.0.0:0", "it does not listen"},
		{"--dev by environment, for everyone by file", []string{"ROLEKIT_DEV=true"}, "listen: 0.0.0.0:0", "serve --catalog catalog.yaml", "it does not listen"},
		{"no address", nil, "", "serve --dev --catalog catalog.yaml --listen 8080", `--listen "8080" is no address`},
		{"a crooked prefix", nil, "", "serve --dev --catalog catalog.yaml --prefix roles/", `--prefix "roles/" must begin with a slash`},
		{"no catalog", nil, "", "serve --dev", "--catalog is missing"},
		{"no catalog file", nil, "", "seed --catalog nowhere.yaml", "the catalog cannot be read: open nowhere.yaml"},
		{"a password on the command line, Postgres", nil, "", "serve --dev --database postgres://app:" + secret + "@db/app", "put the database's address into ROLEKIT_DATABASE or into a file for --database-file"},
		{"a password on the command line, MySQL", nil, "", "migrate --database mysql://app:" + secret + "@db/app", "put the database's address into ROLEKIT_DATABASE"},
		{"a password on the command line, go-sql-driver", nil, "", "seed --database app:" + secret + "@tcp(db)/app", "put the database's address into ROLEKIT_DATABASE"},
		{"a password on the command line, misspelt", nil, "", "seed --database app:" + secret + "@db/app", "of no form that is known here"},
		{"a password on the command line, Redis", nil, "", "serve --dev --watch redis://:" + secret + "@cache", "put the broker's address into ROLEKIT_WATCH"},
		{"a token on the command line, NATS", nil, "", "seed --watch nats://" + secret + "@broker", "put the broker's address into ROLEKIT_WATCH"},
		{"an address that cannot be read", []string{"ROLEKIT_DATABASE=postgres://app:" + secret + "@db:port/app"}, "", "seed --catalog catalog.yaml", "the form is postgres://user@host"},
		{"an address that cannot be read, in the file", nil, "database: 'mysql://app:" + secret + "@db'", "seed --catalog catalog.yaml", "the form is mysql://user@host"},
		{"a database of no kind", nil, "", "seed --catalog catalog.yaml --database oracle://db/app", `there is no kind of database "oracle"; use a file for SQLite, postgres://`},
		{"two databases", []string{"ROLEKIT_DATABASE=a.db", "ROLEKIT_DATABASE_FILE=b"}, "", "seed --catalog catalog.yaml", "both ROLEKIT_DATABASE and --database-file are set; choose one"},
		{"no database file", nil, "", "migrate --database-file nowhere", "the database's address cannot be read: open nowhere"},
		{"no connections", nil, "", "seed --catalog catalog.yaml --max-connections 0", "--max-connections is 0; at least one is needed"},
		{"more idle than there are", nil, "", "migrate --max-idle-connections 11", "--max-idle-connections is 11; use 0 to --max-connections, which is 10"},
		{"less than idle", nil, "", "migrate --max-idle-connections=-1", "--max-idle-connections is -1"},
		{"connections that are never young", nil, "", "migrate --max-connection-age=-1s", "--max-connection-age is -1s"},
		{"news by nothing known", nil, "", "seed --catalog catalog.yaml --watch kafka://broker", "--watch cannot be read; use none, postgres, redis://host:6379 or nats://host:4222"},
		{"news by Postgres without Postgres", nil, "", "serve --dev --catalog catalog.yaml --watch postgres", `--watch postgres needs a PostgreSQL database, and --database is "rolekit.db"`},
		{"news by Postgres on one connection", nil, "", "serve --dev --catalog catalog.yaml --watch postgres --database postgres://db/app --max-connections 1 --max-idle-connections 1", "needs --max-connections 2 at least"},
		{"no poll", nil, "", "serve --dev --catalog catalog.yaml --poll-interval 0s", "--poll-interval is 0s; use more than 0s"},
		{"stale before it polls", nil, "", "serve --dev --catalog catalog.yaml --poll-interval 20s", "--max-staleness is 30s and --poll-interval 20s;"},
		{"stale before now", nil, "", "serve --dev --catalog catalog.yaml --max-staleness=-1s", "--max-staleness is -1s; use 0s for any age"},
		{"deny what is never stale", nil, "", "serve --dev --catalog catalog.yaml --deny-stale --max-staleness 0s", "--deny-stale needs a --max-staleness"},
		{"too few loaded", nil, "", "serve --dev --catalog catalog.yaml --max-loaded 16", "--max-loaded is 16; use 0 for all, or more than 16"},
		{"no role at all", nil, "", "serve --dev --catalog catalog.yaml --max-roles 0", "--max-roles is 0; use 1 or more, or -1 for any number"},
		{"fewer assignments than none", nil, "", "serve --dev --catalog catalog.yaml --max-assignments=-2", "--max-assignments is -2; use 1 or more, or -1 for any number"},
		{"keys without an issuer", nil, "", "serve --catalog catalog.yaml --jwks-url https://id.example --audience roles", "--issuer is missing; name who issues the tokens, or say --any-issuer"},
		{"keys without an audience", nil, "", "serve --catalog catalog.yaml --jwks-url https://id.example --any-issuer", "--audience is missing;"},
		{"keys in a file without an issuer", nil, "", "serve --catalog catalog.yaml --jwks-file catalog.yaml --any-audience", "--issuer is missing;"},
		{"keys over an open line", nil, "", "serve --catalog catalog.yaml --jwks-url http://id.example/keys --any-issuer --any-audience", "--jwks-url: FetchConfig.URL: the address is neither https nor on this machine"},
		{"keys with a password", nil, "", "serve --catalog catalog.yaml --jwks-url https://ada:" + secret + "@id.example/keys --any-issuer --any-audience", "the address holds a name or a password"},
		{"keys of nobody", nil, "", "serve --catalog catalog.yaml --jwks-url keys.json --any-issuer --any-audience", "names no host"},
		{"keys that outlive themselves", nil, "", "serve --catalog catalog.yaml --jwks-url https://id.example --any-issuer --any-audience --jwks-max-age 1m", "use a MaxAge no shorter than Refresh"},
		{"keys in no file", nil, "", "serve --catalog catalog.yaml --jwks-file nowhere.json --any-issuer --any-audience", "the issuer's keys cannot be read: open nowhere.json"},
		{"keys in another file", nil, "", "serve --catalog catalog.yaml --jwks-file catalog.yaml --any-issuer --any-audience", "catalog.yaml: the keys cannot be used: it is not JSON"},
		{"keys and a secret", []string{"ROLEKIT_SECRET=" + secret}, "", "serve --catalog catalog.yaml --jwks-url https://id.example --any-issuer --any-audience", "of --jwks-url, --jwks-file and a signing secret, choose one"},
		{"keys and a secret's file", nil, "", "serve --catalog catalog.yaml --jwks-file keys.json --secret-file s --any-issuer --any-audience", "choose one"},
		{"keys from two places", nil, "", "serve --catalog catalog.yaml --jwks-url https://id.example --jwks-file keys.json --any-issuer --any-audience", "choose one"},
		{"an issuer, and any", nil, "", "serve --dev --catalog catalog.yaml --issuer x --any-issuer", "names an issuer or an audience, and accepts any"},
		{"an algorithm that is none", nil, "", "serve --catalog catalog.yaml --jwks-file key.pem --any-issuer --any-audience --jwt-algorithms RS256,none", `"none", which is none of public keys`},
		{"a secret's algorithm for keys", nil, "", "serve --catalog catalog.yaml --jwks-file key.pem --any-issuer --any-audience --jwt-algorithms HS256", `"HS256", which is none of public keys`},
		{"a key's algorithm for a secret", nil, "", "serve --dev --catalog catalog.yaml --jwt-algorithms RS256", `"RS256", which no key is for`},
		{"a leeway that is too great", nil, "", "serve --dev --catalog catalog.yaml --leeway 1h", "JWTConfig.Leeway is 1h0m0s"},
		{"headers for ever", nil, "", "serve --dev --catalog catalog.yaml --read-header-timeout 0s", "--read-header-timeout is 0s; use more than 0s"},
		{"bodies for ever", nil, "", "serve --dev --catalog catalog.yaml --read-timeout=-1s", "--read-timeout is -1s; use more than 0s"},
		{"requests for ever", nil, "", "serve --dev --catalog catalog.yaml --request-timeout 0s", "--request-timeout is 0s"},
		{"answers for ever", nil, "", "serve --dev --catalog catalog.yaml --write-timeout 0s", "--write-timeout is 0s"},
		{"idle for ever", nil, "", "serve --dev --catalog catalog.yaml --idle-timeout 0s", "--idle-timeout is 0s"},
		{"headers slower than the request", nil, "", "serve --dev --catalog catalog.yaml --read-timeout 4s", "--read-header-timeout is 5s and --read-timeout 4s"},
		{"an answer that comes too late", nil, "", "serve --dev --catalog catalog.yaml --request-timeout 1m", "--request-timeout is 1m0s and --write-timeout 1m0s"},
		{"no headers", nil, "", "serve --dev --catalog catalog.yaml --max-header-bytes 0", "--max-header-bytes is 0"},
		{"no bodies", nil, "", "serve --dev --catalog catalog.yaml --max-body-bytes 0", "--max-body-bytes 0; use more than 0"},
		{"fewer changes than none", nil, "", "serve --dev --catalog catalog.yaml --change-rate=-1", "--change-rate is -1; use 0 for any number"},
		{"a rate that is none", nil, "", "serve --dev --catalog catalog.yaml --change-rate NaN", "--change-rate is NaN"},
		{"no change at all", nil, "", "serve --dev --catalog catalog.yaml --change-burst 0", "--change-burst is 0; use 1 or more"},
		{"answers that are not kept", nil, "", "serve --dev --catalog catalog.yaml --keep-replies 0s", "--keep-replies is 0s; use more than 0s"},
		{"no answers", nil, "", "serve --dev --catalog catalog.yaml --max-replies 0", "--max-replies is 0; use 1 or more"},
		{"pages from everywhere", nil, "", "serve --dev --catalog catalog.yaml --cors-origins *", `--cors-origins: "*" is no origin`},
		{"pages from a pattern", []string{"ROLEKIT_CORS_ORIGINS=https://a.example,https://*.example"}, "", "serve --dev --catalog catalog.yaml", `"https://*.example" is no origin`},
		{"metrics nowhere", nil, "", "serve --dev --catalog catalog.yaml --metrics-listen 9090", `--metrics-listen "9090" is no address`},
		{"metrics for everyone under --dev", nil, "", "serve --dev --catalog catalog.yaml --metrics-listen 0.0.0.0:0", `it does not listen on "0.0.0.0:0"`},
		{"an import from nowhere", nil, "", "import --catalog catalog.yaml", "what to import is missing"},
		{"an import without a catalog", nil, "", "import --from-casbin", "--catalog is missing"},
		{"an import without its names", nil, "", "import --from-casbin --catalog catalog.yaml --names nowhere.yaml", "the names cannot be read: open nowhere.yaml"},
		{"an import with other names", nil, "", "import --from-casbin --catalog catalog.yaml --names catalog.yaml", "catalog.yaml: "},
		{"a log format that is none", nil, "", "seed --catalog catalog.yaml --log-format xml", `--log-format is "xml"; use text or json`},
		{"a log level that is none", nil, "", "seed --catalog catalog.yaml --log-level loud", `--log-level is "loud"; use debug, info, warn or error`},
		{"an operator of nothing", nil, "", "seed --catalog catalog.yaml --operator sue", "--operator needs --operators"},
		{"a token for nobody", nil, "", "token --dev", "--user is missing"},
		{"a token for a bad id", nil, "", "token --dev --user ada --org ../etc", `organisation id "../etc" is not valid`},
		{"a token for ever", nil, "", "token --dev --user ada --ttl 9000h", "at most 24h"},
		{"a bad value in the environment", []string{"ROLEKIT_TTL=soon"}, "", "token --dev --user ada", `ROLEKIT_TTL: "soon" is no value for ttl`},
		{"a bad value in the file", nil, "dev: perhaps", "token --user ada", `rolekit.yaml:1: "perhaps" is no value for dev`},
		{"an unknown key", nil, "dev: true\nlisten-on: x", "serve", `rolekit.yaml:2: unknown key "listen-on"; did you mean "listen"?`},
		{"a key twice", nil, "dev: true\ndev: false", "serve", `rolekit.yaml:2: key "dev" comes twice`},
		{"a list", nil, "listen: [a, b]", "serve", "rolekit.yaml:1: listen must be a single value"},
		{"nothing behind a key", nil, "listen:", "serve", "rolekit.yaml:1: listen must be a single value"},
		{"not a mapping", nil, "- dev", "serve", "rolekit.yaml:1: it must hold lines of the form key: value"},
		{"not YAML", nil, "dev: true\nlisten: [", "serve", "the file is not YAML"},
		{"a secret that YAML takes for something else", nil, "secret: *" + secret, "serve", "rolekit.yaml:1: the file is not YAML"},
		{"no configuration file", []string{"ROLEKIT_CONFIG=nowhere.yaml"}, "", "serve", "the configuration cannot be read: open nowhere.yaml"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := newPlace(t, test.env...)
			p.write("key.pem", publicKey)
			args := strings.Fields(test.args)
			if test.config != "" {
				p.write("rolekit.yaml", test.config)
				args = append(args, "--config", "rolekit.yaml")
			}
			got := p.run(args...)
			if got.code != 2 || !strings.HasPrefix(got.stderr, "rolekit: ") || !strings.Contains(got.stderr, test.want) {
				t.Errorf("code %d, stderr %q; want code 2 and %q", got.code, got.stderr, test.want)
			}
			if got.stdout != "" || strings.Contains(got.stderr, secret) {
				t.Errorf("stdout %q, stderr %q", got.stdout, got.stderr)
			}
			p.wantNone("rolekit.db")
		})
	}
}

func TestABadCatalogIsTheCallersMistake(t *testing.T) {
	p := newPlace(t)
	p.write("catalog.yaml", "objects:\n  invoices: {actons: [read]}\n")
	got := p.run("seed", "--catalog", "catalog.yaml")
	if got.code != 2 || !strings.Contains(got.stderr, `catalog.yaml:2: unknown key "actons"`) || !strings.Contains(got.stderr, `did you mean "actions"?`) {
		t.Errorf("got %+v", got)
	}
}

func TestADatabaseThatIsNoneIsNamed(t *testing.T) {
	p := newPlace(t)
	p.write("notes.db", strings.Repeat("this is no database\n", 100))
	got := p.run("seed", "--catalog", "catalog.yaml", "--database", "notes.db")
	if got.code != 3 || !strings.Contains(got.stderr, `the database "notes.db" cannot be used`) {
		t.Errorf("got %+v", got)
	}
	got = p.run("seed", "--catalog", "catalog.yaml", "--database", "no/such/folder/x.db")
	if got.code != 3 || !strings.Contains(got.stderr, `the database "no/such/folder/x.db" cannot be used`) {
		t.Errorf("got %+v", got)
	}
}

func TestSeedTellsWhatItDid(t *testing.T) {
	p := newPlace(t)
	const added = "default roles: 2 added, 0 changed, 0 as they were\n  + clerk\n  + owner\n"
	const kept = "default roles: 0 added, 0 changed, 2 as they were\n"
	steps := []struct{ args, want string }{
		{"seed --catalog catalog.yaml", added},
		{"seed --catalog catalog.yaml", kept},
		{"seed --catalog catalog.yaml --operators ops --operator sue", kept + "organisation ops: created; sue is owner\n"},
		{"seed --catalog catalog.yaml --operators ops --operator joe", kept + "organisation ops: there already; left alone\n"},
	}
	for _, step := range steps {
		got := p.run(strings.Fields(step.args)...)
		if got.code != 0 || got.stdout != step.want {
			t.Errorf("%s: got %+v; want %q", step.args, got, step.want)
		}
	}
}

// TestValuesThatCannotBeRead has what Go's parsers say be left to Go.
func TestValuesThatCannotBeRead(t *testing.T) {
	for _, test := range []struct {
		env, value string
		args       []string
		want       string
	}{
		{"", "", []string{"audit", "--limit", "many"}, `invalid argument "many" for "--limit" flag: it is no number; rolekit audit --help lists the flags`},
		{"", "", []string{"audit", "--limit", "99999999999999999999"}, `flag: it is too large;`},
		{"", "", []string{"audit", "--json=perhaps"}, `flag: use true or false;`},
		{"ROLEKIT_LIMIT", "many", []string{"audit"}, `ROLEKIT_LIMIT: "many" is no value for limit: it is no number`},
		{"ROLEKIT_JSON", "perhaps", []string{"audit"}, `ROLEKIT_JSON: "perhaps" is no value for json: use true or false`},
	} {
		p := newPlace(t)
		if test.env != "" {
			p.env = append(p.env, test.env+"="+test.value)
		}
		got := p.run(test.args...)
		if got.code != 2 || !strings.Contains(got.stderr, test.want) || strings.Contains(got.stderr, "strconv") {
			t.Errorf("%v, %s: %d, %q", test.args, test.env, got.code, got.stderr)
		}
	}
}
