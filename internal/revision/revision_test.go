package revision_test

import (
	"net/http"
	"testing"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/internal/problem"
	"github.com/rolekit/rolekit/internal/revision"
)

func TestWanted(t *testing.T) {
	for _, test := range []struct {
		name   string
		values []string
		want   rolekit.Revision
		ok     bool
	}{
		{"none", nil, 0, true},
		{"a number", []string{"42"}, 42, true},
		{"nothing yet", []string{"0"}, 0, true},
		{"the largest", []string{"999999999999999999"}, 999999999999999999, true},
		{"too large", []string{"9999999999999999999"}, 0, false},
		{"negative", []string{"-1"}, 0, false},
		{"signed", []string{"+1"}, 0, false},
		{"an entity tag", []string{`"42"`}, 0, false},
		{"empty", []string{""}, 0, false},
		{"several", []string{"41", "42"}, 0, false},
		{"a list", []string{"41, 42"}, 0, false},
		{"hexadecimal", []string{"0x2a"}, 0, false},
		{"grouped", []string{"4_2"}, 0, false},
	} {
		got, err := revision.Wanted(http.Header{revision.AtLeast: test.values})
		if got != test.want || (err == nil) != test.ok || err != nil && rolekit.CodeOf(err) != problem.CodeMalformed {
			t.Errorf("%s: %d, %v", test.name, got, err)
		}
	}
}

func TestWhatIsToldCanBeAskedFor(t *testing.T) {
	got, err := revision.Wanted(http.Header{revision.AtLeast: {revision.Format(1 << 59)}})
	if got != 1<<59 || err != nil {
		t.Errorf("%d, %v", got, err)
	}
}

func TestAwaited(t *testing.T) {
	ctx := revision.WithAwaited(t.Context(), "tom", 42)
	if !revision.Awaited(ctx, "tom", 42) {
		t.Error("what was waited for is not known")
	}
	if revision.Awaited(ctx, "tom", 43) || revision.Awaited(ctx, "jack", 42) || revision.Awaited(t.Context(), "tom", 42) {
		t.Error("something else is taken for it")
	}
}
