package attacks

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Guard is a place in the code that keeps attempts from succeeding.
type Guard struct {
	Name  string // of a-z and hyphens, so that go test -run takes it as it is
	Keeps string // what it keeps
	Edits []Edit // what takes it away; several where one place stands behind another
}

// Edit is a change of the code. What is cut must be there once.
type Edit struct {
	File string // relative to the module's root
	Cut  string
	Put  string
}

// Guards are all that are proved.
func Guards() []Guard {
	return slices.Concat(
		givingGuards(), givingManyGuards(), successorGuards(), fillingGuards(), reachGuards(), treeGuards(), nameGuards(),
		actorGuards(), keyGuards(), askingGuards(), holderGuards(), lockGuards(),
	)
}

// never makes a condition false for ever, whose block refuses something, and goes on
// using what it used.
func never(file, condition string) Edit {
	return Edit{file, condition + " {", condition + " && false {"}
}

// Without returns the files that a guard's edits change, by path, as they are
// without it. root is the module's.
func (g Guard) Without(root string) (map[string]string, error) {
	changed := map[string]string{}
	for _, e := range g.Edits {
		path := filepath.Join(root, filepath.FromSlash(e.File))
		if _, ok := changed[path]; !ok {
			b, err := os.ReadFile(path) //nolint:gosec // of this module
			if err != nil {
				return nil, fmt.Errorf("guard %s: %w", g.Name, err)
			}
			changed[path] = string(b)
		}
		if n := strings.Count(changed[path], e.Cut); n != 1 {
			return nil, fmt.Errorf("guard %s: %s has %d times, and should have once: %s", g.Name, e.File, n, strconv.Quote(e.Cut))
		}
		changed[path] = strings.Replace(changed[path], e.Cut, e.Put, 1)
	}
	if len(changed) == 0 {
		return nil, fmt.Errorf("guard %s: nothing takes it away", g.Name)
	}
	return changed, nil
}

// Overlay writes the changed files into a folder, and returns the path of what
// go test -overlay wants: the module itself stays as it is.
func (g Guard) Overlay(root, folder string) (string, error) {
	changed, err := g.Without(root)
	if err != nil {
		return "", err
	}
	replace := map[string]string{}
	for path, text := range changed {
		replace[path] = filepath.Join(folder, fmt.Sprintf("%s-%d.go", g.Name, len(replace)))
		if err := os.WriteFile(replace[path], []byte(text), 0o600); err != nil {
			return "", fmt.Errorf("guard %s: %w", g.Name, err)
		}
	}
	b, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", fmt.Errorf("guard %s: %w", g.Name, err)
	}
	file := filepath.Join(folder, g.Name+".json")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		return "", fmt.Errorf("guard %s: %w", g.Name, err)
	}
	return file, nil
}
