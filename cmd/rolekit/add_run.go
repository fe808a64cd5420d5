package main

import (
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

// adder is a kind of what can be added to a catalog, as far as it was said.
type adder interface {
	// check refuses what was said and cannot be.
	check(e *catalogEdit) error
	// lacks says what is needed and was not said; nil where that is nothing.
	lacks(cmd *cobra.Command, e *catalogEdit) error
	// ask asks for what was not said.
	ask(c *conversation) error
	// apply adds it.
	apply(e *catalogEdit) error
}

// run adds to the catalog, shows what changes, and writes it where that is wanted.
func (f *addFlags) run(cmd *cobra.Command, what adder) error {
	if f.generate && f.noGenerate {
		return usagef("both --%s and --%s are set; choose one", generateFlag, noGenerateFlag)
	}
	e, err := f.catalog.edit()
	if err != nil {
		return err
	}
	if err := f.canGenerate(e); err != nil {
		return err
	}
	if err := what.check(e); err != nil {
		return err
	}
	c := f.conversation(cmd, e)
	if err := what.lacks(cmd, e); err != nil {
		if c == nil {
			return err
		}
		if err := c.about(what); err != nil {
			return err
		}
	}
	if err := what.apply(e); err != nil {
		return err
	}
	after, err := e.parse()
	if err != nil {
		return err
	}
	made, err := generatedFrom(e.path, after)
	if err != nil {
		return err
	}
	if err := e.show(cmd, after); err != nil {
		return err
	}
	if err := f.settle(c, e, made); err != nil {
		return err
	}
	return f.write(cmd, e, made)
}

// canGenerate refuses --generate where no file was generated from the catalog.
func (f *addFlags) canGenerate(e *catalogEdit) error {
	if !f.generate {
		return nil
	}
	made, err := generatedFrom(e.path, e.before)
	if err == nil && len(made) == 0 {
		return usagef("--%s: no file in %s or below was generated from %s; rolekit generate makes one",
			generateFlag, filepath.Dir(e.name), filepath.Base(e.path))
	}
	return err
}

// settle decides whether what was shown is written, and what is generated with it. The
// error says that it is not.
func (f *addFlags) settle(c *conversation, e *catalogEdit, made []draftFile) error {
	if c == nil {
		if !f.yes {
			return pendingError(e.name + " is as it was; --yes writes this")
		}
		return nil
	}
	if !f.yes {
		yes, err := c.yesOrNo("Write it?")
		if err != nil {
			return err
		}
		if !yes {
			return pendingError(e.name + " is as it was")
		}
	}
	if f.generate || f.noGenerate || !c.begun {
		return nil
	}
	stale := stalePaths(made)
	if len(stale) == 0 {
		return nil
	}
	var err error
	f.generate, err = c.yesOrNo("Make " + strings.Join(stale, ", ") + " again too?")
	return err
}
