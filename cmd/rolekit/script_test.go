package main_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts runs testdata/script: each file is a script of commands, what they
// must print and how they must end, with the files that it starts from below it.
// go doc github.com/rogpeppe/go-internal/testscript describes them. Beside
// testscript's own commands there are
//
//	code N command…    runs a command, which must exit with N
//	snapshot           remembers what the folder holds
//	unchanged          fails unless it holds the same now
//	world              makes rolekit.db of catalog.yaml; see scriptWorld
//	serving [USER]     serves it; see scriptServe
//	both N command…    runs a command of rolekit on the database and on the server
//	masked FILE        writes what the last command printed, without revisions
//	other FILE OLD NEW…               replaces texts in a file, which must be there
//	role DB CATALOG ORG ROLE GRANT…   makes a custom role, and its organisation
//	edit DB CATALOG ROLE GRANT…       edits a default role, and no catalog
//
// and $CATALOGS, $EXAMPLES and $REPOSITORY are folders of this checkout.
func TestScripts(t *testing.T) {
	repository, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	var folders sync.Map // by the script: they run at the same time
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", filepath.Dir(program)+string(os.PathListSeparator)+env.Getenv("PATH"))
			env.Setenv("CATALOGS", filepath.Join(repository, "testdata", "catalogs"))
			env.Setenv("EXAMPLES", filepath.Join(repository, "examples"))
			env.Setenv("REPOSITORY", repository)
			return nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"code":      exitsWith,
			"edit":      func(ts *testscript.TestScript, _ bool, args []string) { editDefault(ts, args) },
			"other":     func(ts *testscript.TestScript, _ bool, args []string) { replaceIn(ts, args) },
			"role":      func(ts *testscript.TestScript, _ bool, args []string) { makeRole(ts, args) },
			"snapshot":  func(ts *testscript.TestScript, _ bool, _ []string) { folders.Store(ts.Name(), contents(ts)) },
			"unchanged": func(ts *testscript.TestScript, _ bool, _ []string) { unchanged(ts, loaded(&folders, ts.Name())) },
			"world":     scriptWorld,
			"serving":   scriptServe,
			"both":      scriptBoth,
			"masked":    scriptMasked,
			"plain":     scriptPlain,
		},
	})
}

// exitsWith is the command code.
func exitsWith(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N command…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%s: %v", args[1], err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("it exited with %d, and not with %d", got, want)
	}
}

// loaded is what is remembered for a script; nothing where there is nothing.
func loaded(folders *sync.Map, script string) string {
	before, _ := folders.Load(script)
	text, _ := before.(string)
	return text
}

// unchanged is the command unchanged.
func unchanged(ts *testscript.TestScript, before string) {
	if before == "" {
		ts.Fatalf("unchanged: there is no snapshot")
	}
	if diff := cmp.Diff(before, contents(ts)); diff != "" {
		ts.Fatalf("the folder has changed (-before +now):\n%s", diff)
	}
}

// contents are the names, modes and hashes of all that is below the folder in which
// a script runs.
func contents(ts *testscript.TestScript) string {
	var b strings.Builder
	root := ts.MkAbs(".")
	ts.Check(filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%v %s", info.Mode(), name)
		if info.Mode().IsRegular() {
			text, err := fs.ReadFile(os.DirFS(root), filepath.ToSlash(name))
			if err != nil {
				return err
			}
			fmt.Fprintf(&b, " %x", sha256.Sum256(text))
		}
		b.WriteString("\n")
		return nil
	}))
	return b.String()
}
