package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// noFolder refuses a folder where a file is meant; what else is wrong with it, using it
// tells.
func noFolder(path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return usagef("%s is a folder, and no file", path)
	}
	return nil
}

// writeFile writes a file whole or not at all: who reads it meanwhile sees what
// was there. Folders on the way are made.
func writeFile(path string, text []byte) error {
	if err := writeBeside(path, text); err != nil {
		return fmt.Errorf("%s cannot be written: %w", path, err)
	}
	return nil
}

func writeBeside(path string, text []byte) (err error) {
	folder := filepath.Dir(path)
	if err := os.MkdirAll(folder, 0o755); err != nil { //nolint:gosec // as go build and git make them
		return err
	}
	draft, err := os.CreateTemp(folder, "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(draft.Name()) // what went wrong before is what is told
		}
	}()
	if _, err = draft.Write(text); err != nil {
		_ = draft.Close()
		return err
	}
	if err = draft.Close(); err != nil {
		return err
	}
	if err = os.Chmod(draft.Name(), modeOf(path)); err != nil {
		return err
	}
	return os.Rename(draft.Name(), path)
}

// modeOf is a file's mode, and of one that is not there what others may read.
func modeOf(path string) os.FileMode {
	if info, err := os.Stat(path); err == nil {
		return info.Mode().Perm()
	}
	return 0o644
}
