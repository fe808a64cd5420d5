package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/cmd/rolekit/internal/screen"
	"github.com/rolekit/rolekit/cmd/rolekit/internal/starter"
)

const initHelp = `Gives an application that uses Gin what it takes to begin, as a package of its own:

  catalog.yaml    what there is to permit, and the first roles
  wiring.go       Mount, which takes the application's *gin.Engine and *gorm.DB
  wiring_test.go  asks a guarded route as an owner, a viewer and a stranger, on SQLite

It is run within the application's module, whose go.mod must require
github.com/gin-gonic/gin. Nothing that is there is changed: a folder that has one of
these files, or Go files of its own, is refused, and then nothing is written at all.
What is written is the application's, to be changed as it likes.

It does not run the go command, and prints the commands that come next. With --get it
runs the first, go get, which adds the modules that the package imports to go.mod.`

// initFlags are the settings of rolekit init.
type initFlags struct {
	dir     string
	name    string
	profile string
	dryRun  bool
	get     bool
}

func newInit() *cobra.Command {
	var f initFlags
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Give a Gin application a catalog, the wiring and a test",
		Long:  initHelp,
		Args:  noArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return f.run(cmd) },
	}
	cmd.Flags().StringVar(&f.dir, "dir", "authz", "`folder` of the package; it is made")
	cmd.Flags().StringVar(&f.name, "package", "", "the package's `name`; where empty, that of its folder")
	cmd.Flags().StringVar(&f.profile, "profile", "", "a kind of user, `name`d in the catalog, that the roles are for; where empty, there is one kind")
	cmd.Flags().BoolVar(&f.dryRun, "dry-run", false, "write nothing, and print what would be written")
	cmd.Flags().BoolVar(&f.get, "get", false, "run go get for what the package imports")
	return cmd
}

func (f initFlags) run(cmd *cobra.Command) error {
	if f.dryRun && f.get {
		return usagef("--dry-run changes nothing, and --get changes go.mod; choose one")
	}
	place, err := findPlace(f.dir)
	if err != nil {
		return err
	}
	name := f.name
	if name == "" {
		name = filepath.Base(place.folder)
	}
	files, err := starter.Files(starter.Options{ImportPath: place.importPath, Package: name, Profile: rolekit.ProfileID(f.profile)})
	if err != nil {
		return err
	}
	if err := place.isFree(f.dir, files); err != nil {
		return err
	}
	if f.dryRun {
		return f.show(cmd, files)
	}
	if err := writeNew(place.folder, files); err != nil {
		return err
	}
	for _, file := range files {
		if err := say(cmd, "%s: written\n", screen.Safe(filepath.Join(f.dir, file.Name))); err != nil {
			return untold("all files are written", err)
		}
	}
	return f.next(cmd, place)
}

// show prints the files as an archive in the form of txtar.
func (f initFlags) show(cmd *cobra.Command, files []starter.File) error {
	for _, file := range files {
		if err := say(cmd, "-- %s --\n%s", screen.Safe(filepath.ToSlash(filepath.Join(f.dir, file.Name))), file.Text); err != nil {
			return err
		}
	}
	return nil
}

// next runs or tells what comes next.
func (f initFlags) next(cmd *cobra.Command, p place) error {
	get, test := p.command(f.dir, "get -t"), p.command(f.dir, "test")
	then := append(p.vendor(f.dir), test)
	if !f.get {
		return say(cmd, "\nNext:\n\n  %s\n  %s\n", get, strings.Join(then, "\n  "))
	}
	run := exec.CommandContext(cmd.Context(), "go", "get", "-t", ".")
	run.Dir, run.Stdout, run.Stderr = p.folder, cmd.OutOrStdout(), cmd.ErrOrStderr()
	if err := run.Run(); err != nil {
		return fmt.Errorf("the files are written, and go get did not succeed: %w; run %s again, and then %s", err, get, strings.Join(then, " and "))
	}
	return say(cmd, "\nNext:\n\n  %s\n", strings.Join(then, "\n  "))
}

// writeNew writes files that are not there yet, all or none. A file that came to
// be meanwhile is somebody else's, and stays as it is.
func writeNew(folder string, files []starter.File) (err error) {
	made, err := makeFolders(folder)
	var written []string
	defer func() {
		if err == nil {
			return
		}
		for _, path := range append(written, made...) {
			_ = os.Remove(path) // what went wrong before is what is told
		}
	}()
	if err != nil {
		return fmt.Errorf("%s cannot be made: %w", folder, err)
	}
	for _, file := range files {
		path := filepath.Join(folder, file.Name)
		out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // others may read what is in a repository
		if err != nil {
			return fmt.Errorf("%s cannot be written: %w", path, err)
		}
		written = append(written, path)
		_, err = out.Write(file.Text)
		if closed := out.Close(); err == nil {
			err = closed
		}
		if err != nil {
			return fmt.Errorf("%s cannot be written: %w", path, err)
		}
	}
	return nil
}

// makeFolders makes a folder and those above it, and returns what it made, the
// innermost first.
func makeFolders(folder string) (made []string, err error) {
	if _, err := os.Stat(folder); err == nil {
		return nil, nil
	}
	if made, err = makeFolders(filepath.Dir(folder)); err != nil {
		return made, err
	}
	if err := os.Mkdir(folder, 0o755); err != nil { //nolint:gosec // as go build and git make them
		return made, err
	}
	return append([]string{folder}, made...), nil
}
