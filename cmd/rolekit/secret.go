package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"runtime"

	"github.com/spf13/cobra"
)

const (
	secretFlag     = "secret"
	secretFileFlag = "secret-file"
	devFlag        = "dev"

	// minSecret is how many bytes a signing secret has at least: as many as the
	// hash of HS256 (RFC 7518, section 3.2).
	minSecret = 32

	// devSecret signs tokens under --dev. It is no secret, and so --dev listens
	// on loopback only.
	devSecret = "rolekit development secret, known to everyone"
)

// secretFlags are the settings by which a command gets the signing secret.
type secretFlags struct {
	secret, file string
	dev          bool
}

func (s *secretFlags) declare(cmd *cobra.Command, dev string) {
	flags := cmd.Flags()
	flags.StringVar(&s.secret, secretFlag, "", "signing secret; refused on the command line")
	_ = flags.MarkHidden(secretFlag) // it fails only for a flag that is not there
	flags.StringVar(&s.file, secretFileFlag, "",
		"`file` with the secret that signs tokens (HS256), 32 bytes at least; or put the secret itself into ROLEKIT_SECRET")
	flags.BoolVar(&s.dev, devFlag, false, dev)
}

// othersMayRead are the rights of the group and of everyone to read a file.
const othersMayRead = 0o044

// key returns the signing secret. Neither its errors nor the log quote it.
func (s *secretFlags) key(log *slog.Logger) ([]byte, error) {
	key, err := s.read(log)
	if err == nil && !s.dev && bytes.Contains(key, []byte(devSecret)) {
		return nil, usagef("the signing secret is the one of --%s, with which everyone can sign; try: openssl rand -base64 48", devFlag)
	}
	return key, err
}

func (s *secretFlags) read(log *slog.Logger) ([]byte, error) {
	switch {
	case s.secret != "" && s.file != "":
		return nil, usagef("both %s and --%s are set; choose one", variable(secretFlag), secretFileFlag)
	case s.secret != "":
		return longEnough([]byte(s.secret), variable(secretFlag))
	case s.file != "":
		key, err := os.ReadFile(s.file)
		if err != nil {
			return nil, usagef("the signing secret cannot be read: %w", err)
		}
		warnOfReaders(log, s.file, "the signing secret, and sign tokens with it")
		return longEnough(bytes.TrimSpace(key), s.file)
	case s.dev:
		return []byte(devSecret), nil
	}
	return nil, usagef("there is no signing secret, so no token could be trusted; set %s or --%s (try: openssl rand -base64 48), "+
		"give serve the keys of who issues the tokens with --%s, or use --%s to try things out on this machine",
		variable(secretFlag), secretFileFlag, jwksURLFlag, devFlag)
}

// warnOfReaders tells where others than its owner may read the file. It is no
// error: some platforms hand out secrets so, to a process that is alone.
func warnOfReaders(log *slog.Logger, file, what string) {
	info, err := os.Stat(file)
	if err != nil || runtime.GOOS == "windows" { // where the mode says nothing about readers
		return
	}
	if mode := info.Mode().Perm(); mode&othersMayRead != 0 {
		log.Warn("others on this machine may read "+what+"; chmod 600 the file", "file", file, "mode", fmt.Sprintf("%#o", mode))
	}
}

func longEnough(key []byte, place string) ([]byte, error) {
	if len(key) < minSecret {
		return nil, usagef("the signing secret from %s has %d bytes and needs at least %d; try: openssl rand -base64 48", place, len(key), minSecret)
	}
	return key, nil
}
