package generate_test

import (
	"io/fs"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
)

// TestTheTypesAreTheDocumentsSchemas compares the types of what GET /v1/me answers
// with the API's own description: the same fields, the same ones optional, lists
// where it has lists, and each schema that it refers to.
func TestTheTypesAreTheDocumentsSchemas(t *testing.T) {
	src, err := fs.ReadFile(os.DirFS(repository), "docs/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Components struct {
			Schemas map[string]struct {
				Required   []string
				Properties map[string]struct {
					Type  string
					Ref   string `yaml:"$ref"`
					Items struct {
						Ref string `yaml:"$ref"`
					}
				}
			}
		}
	}
	if err := yaml.Unmarshal(src, &document); err != nil {
		t.Fatal(err)
	}
	type field struct {
		Optional, List bool
	}
	seen := map[string]bool{}
	for queue := []string{"Me"}; len(queue) > 0; queue = queue[1:] {
		name := queue[0]
		schema, ok := document.Components.Schemas[name]
		if seen[name] {
			continue
		}
		if seen[name] = true; !ok {
			t.Errorf("docs/openapi.yaml has no schema %s any more", name)
			continue
		}
		want, got := map[string]field{}, map[string]field{}
		for property, p := range schema.Properties {
			want[property] = field{!slices.Contains(schema.Required, property), p.Type == "array"}
			for _, ref := range []string{p.Ref, p.Items.Ref} {
				if ref != "" {
					queue = append(queue, regexp.MustCompile(`[^/]*$`).FindString(ref))
				}
			}
		}
		body := regexp.MustCompile(`(?s)\nexport interface ` + name + ` \{\n(.*?)\n\}\n`).FindSubmatch(typescript(t, "examples/lawncare/catalog.yaml"))
		if body == nil {
			t.Errorf("there is no interface %s", name)
			continue
		}
		for _, line := range regexp.MustCompile(`(?m)^  (\w+)(\??): (.*);$`).FindAllSubmatch(body[1], -1) {
			got[string(line[1])] = field{len(line[2]) > 0, regexp.MustCompile(`\[\]$`).Match(line[3])}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("interface %s is not the schema of docs/openapi.yaml (-schema +interface):\n%s", name, diff)
		}
	}
}
