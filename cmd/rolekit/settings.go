package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v4"
)

const configFlag = "config"

// variable is the environment variable of a flag: listen → ROLEKIT_LISTEN.
func variable(flag string) string {
	return "ROLEKIT_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// nameVariables adds to the help of each flag which variable sets it.
func nameVariables(cmd *cobra.Command) {
	name := func(f *pflag.Flag) { f.Usage += " [" + variable(f.Name) + "]" }
	cmd.LocalNonPersistentFlags().VisitAll(name)
	cmd.PersistentFlags().VisitAll(name)
}

// applySettings sets each flag that the command line left alone from the
// environment or, failing that, from the configuration file.
func applySettings(cmd *cobra.Command) error {
	if cmd.Flags().Changed(secretFlag) {
		return usagef("a secret on the command line can be read by everyone on this machine; put it into %s or into a file for --%s",
			variable(secretFlag), secretFileFlag)
	}
	if cmd.Flags().Changed(tokenFlag) {
		return usagef("a token on the command line can be read by everyone on this machine; put it into %s or into a file for --%s",
			variable(tokenFlag), tokenFileFlag)
	}
	if err := refusePasswords(cmd); err != nil {
		return err
	}
	if err := refuseBoth(cmd); err != nil {
		return err
	}
	if err := setFrom(cmd.Flags().Lookup(configFlag), nil); err != nil {
		return err
	}
	path, err := cmd.Flags().GetString(configFlag)
	if err != nil {
		return err
	}
	file, err := readSettings(cmd.Root(), path)
	if err != nil {
		return err
	}
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if err == nil {
			err = setFrom(f, file)
		}
	})
	return err
}

// refusePasswords refuses addresses with a password on the command line.
func refusePasswords(cmd *cobra.Command) error {
	typed := func(name string) (string, bool) {
		f := cmd.Flags().Lookup(name)
		if f == nil || !f.Changed {
			return "", false
		}
		return f.Value.String(), true
	}
	if text, ok := typed(databaseFlag); ok {
		at, err := parseAddress(text)
		if err != nil {
			return err
		}
		if at.secret {
			return usagef("a password on the command line can be read by everyone on this machine; put the database's address into %s or into a file for --%s",
				variable(databaseFlag), databaseFileFlag)
		}
	}
	if text, ok := typed(watchFlag); ok && text != watchNone && text != watchPostgres {
		b, err := parseBroker(text)
		if err != nil {
			return err
		}
		if b.secret {
			return usagef("a password on the command line can be read by everyone on this machine; put the broker's address into %s", variable(watchFlag))
		}
	}
	return nil
}

// plainly is an error about a flag's value without what Go's parsers say of themselves.
func plainly(err error) error {
	e, ok := errors.AsType[*strconv.NumError](err)
	if !ok {
		return err
	}
	say := "it is no number"
	switch {
	case errors.Is(e, strconv.ErrRange):
		say = "it is too large"
	case e.Func == "ParseBool":
		say = "use true or false"
	}
	return errors.New(strings.Replace(err.Error(), e.Error(), say, 1))
}

// setting is a value in the configuration file, and where it stands.
type setting struct{ value, place string }

func setFrom(f *pflag.Flag, file map[string]setting) error {
	if f.Changed {
		return nil
	}
	from := setting{os.Getenv(variable(f.Name)), variable(f.Name)}
	if from.value == "" {
		var ok bool
		if from, ok = file[f.Name]; !ok {
			return nil
		}
	}
	if err := f.Value.Set(from.value); err != nil {
		if f.Name == secretFlag || f.Name == tokenFlag {
			return usagef("%s: it cannot be read", from.place) // the error would quote it
		}
		return usagef("%s: %q is no value for %s: %w", from.place, from.value, f.Name, plainly(err))
	}
	f.Changed = true
	return nil
}

// readSettings reads the configuration file strictly. One file may serve all
// commands, so a key is known when any command has the flag.
func readSettings(root *cobra.Command, path string) (map[string]setting, error) {
	if path == "" {
		return map[string]setting{}, nil
	}
	src, err := os.ReadFile(path) //nolint:gosec // the file is the caller's own choice
	if err != nil {
		return nil, usagef("the configuration cannot be read: %w", err)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(src, &doc); err != nil {
		// The error may quote the file, and so the secret: only where it is told.
		place := path
		if e, ok := errors.AsType[*yaml.LoadError](err); ok {
			place = fmt.Sprintf("%s:%d", path, e.Mark.Line)
		}
		return nil, usagef("%s: the file is not YAML; values that begin with a sign such as * & %% @ need quotes", place)
	}
	settings := map[string]setting{}
	if len(doc.Content) == 0 {
		return settings, nil
	}
	if doc.Content[0].Kind != yaml.MappingNode {
		return nil, usagef("%s:%d: it must hold lines of the form key: value", path, doc.Content[0].Line)
	}
	known := flagNames(root)
	pairs := doc.Content[0].Content
	for i := 0; i+1 < len(pairs); i += 2 {
		key, value := pairs[i], pairs[i+1]
		place := fmt.Sprintf("%s:%d", path, key.Line)
		_, twice := settings[key.Value]
		switch {
		case !slices.Contains(known, key.Value):
			return nil, usagef("%s: unknown key %q; did you mean %q?", place, key.Value, nearest(key.Value, known))
		case twice:
			return nil, usagef("%s: key %q comes twice", place, key.Value)
		case value.Kind != yaml.ScalarNode || value.ShortTag() == "!!null":
			return nil, usagef("%s: %s must be a single value", place, key.Value)
		}
		settings[key.Value] = setting{value.Value, place}
	}
	return settings, nil
}

// flagNames are the flags of all commands that a file may set.
func flagNames(root *cobra.Command) []string {
	var names []string
	for cmd := range allCommands(root) {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Name != configFlag && f.Name != "help" && !slices.Contains(names, f.Name) {
				names = append(names, f.Name)
			}
		})
	}
	slices.Sort(names)
	return names
}

func nearest(word string, known []string) string {
	return slices.MinFunc(known, func(a, b string) int {
		return levenshtein.ComputeDistance(word, a) - levenshtein.ComputeDistance(word, b)
	})
}
