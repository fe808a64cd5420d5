package starter_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/cmd/rolekit/internal/starter"
)

func TestNamesThatAreNone(t *testing.T) {
	for _, o := range []starter.Options{
		{Package: ""},
		{Package: "_"},
		{Package: "my-authz"},
		{Package: "func"},
		{Package: "main"},
		{Package: "authz_test"},
		{Package: "authz", Profile: "No Name"},
		{Package: "authz", Profile: "x\": {}\nroles: {}\n#"},
	} {
		if files, err := starter.Files(o); !errors.Is(err, rolekit.ErrInvalid) || files != nil {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// TestTheCatalogIsOne reads it for profiles that YAML would take for no word.
func TestTheCatalogIsOne(t *testing.T) {
	for _, profile := range []rolekit.ProfileID{"", "staff", "default", "null", "1", "no"} {
		files, err := starter.Files(starter.Options{ImportPath: "example.com/app/authz", Package: "authz", Profile: profile})
		if err != nil {
			t.Errorf("profile %q: %v", profile, err)
			continue
		}
		catalog, err := rolekit.ParseCatalog(files[0].Name, files[0].Text)
		if err != nil {
			t.Errorf("profile %q: %v", profile, err)
			continue
		}
		if profile != "" && !catalog.HasProfile(profile) {
			t.Errorf("profile %q is not declared", profile)
		}
		if has := strings.Contains(string(files[0].Text), "profile"); has != (profile != "") {
			t.Errorf("profile %q: the catalog speaks of profiles: %t", profile, has)
		}
	}
}
