package services

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
)

// defaults are the services by their names in compose.yaml and .ci/services.
func defaults() map[string]service {
	return map[string]service{"postgres": postgres(), "mariadb": mariaDB(), "redis": redisServer(), "nats": natsServer()}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile("../../" + path) //nolint:gosec // the repository's own
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// at is where a service is, by default.
func (s service) at() string {
	return regexp.MustCompile(`127\.0\.0\.1:\d+`).FindString(s.address)
}

// What Docker starts is found without a variable.
func TestComposeServesTheDefaults(t *testing.T) {
	var compose struct {
		Services map[string]struct {
			Environment map[string]string
			Ports       []string
		}
	}
	if err := yaml.Unmarshal([]byte(read(t, "compose.yaml")), &compose); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(defaults())), slices.Sorted(maps.Keys(compose.Services))); diff != "" {
		t.Error(diff)
	}
	for name, s := range defaults() {
		_, port, _ := strings.Cut(s.at(), ":")
		if diff := cmp.Diff([]string{s.at() + ":" + port}, compose.Services[name].Ports); diff != "" {
			t.Errorf("%s is looked for at %s:\n%s", name, s.at(), diff)
		}
	}
	// The default addresses have no password.
	if compose.Services["postgres"].Environment["POSTGRES_HOST_AUTH_METHOD"] != "trust" ||
		compose.Services["mariadb"].Environment["MARIADB_ALLOW_EMPTY_ROOT_PASSWORD"] != "1" {
		t.Error("compose.yaml's databases want passwords")
	}
}

// What make services starts is found without a variable, and with one it starts nothing.
func TestScriptServesTheDefaults(t *testing.T) {
	script := read(t, ".ci/services")
	line := regexp.MustCompile(`(?m)^declare -A port=.*$`).FindString(script)
	found := map[string]string{}
	for _, m := range regexp.MustCompile(`\[(\w+)\]=(\d+)`).FindAllStringSubmatch(line, -1) {
		found[m[1]] = "127.0.0.1:" + m[2]
	}
	want := map[string]string{}
	for name, s := range defaults() {
		want[name] = s.at()
		if variable := "ROLEKIT_TEST_" + strings.ToUpper(name); s.variable != variable {
			t.Errorf(".ci/services looks at %s, tests at %s", variable, s.variable)
		}
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(script, "'"+postgres().address+"'") || !strings.Contains(script, "variable=ROLEKIT_TEST_${service^^}") {
		t.Error(".ci/services does not ask PostgreSQL as tests do, or looks at other variables")
	}
}
