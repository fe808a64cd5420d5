package policyfile

import (
	"fmt"
	"io"

	"github.com/rolekit/rolekit"
)

// Writer writes a document. Equal contents give equal bytes.
type Writer struct {
	w     io.Writer
	begun bool
	orgs  int
}

// NewWriter returns a writer of a document.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Write writes contents; those of rolekit.AllOrgs, if there are any, first.
func (w *Writer) Write(c rolekit.Contents) error {
	if c.ID == rolekit.AllOrgs {
		return w.shared(c)
	}
	if err := w.begin(); err != nil {
		return err
	}
	if w.orgs++; w.orgs == 1 {
		if _, err := io.WriteString(w.w, "orgs:\n"); err != nil {
			return err
		}
	}
	if w.orgs > MaxOrgs {
		return fmt.Errorf("there are more than %d organisations; export them in parts", MaxOrgs)
	}
	return w.part(fmt.Sprintf("organisation %q", c.ID), []org{orgOf(c)})
}

// shared writes what all organisations share.
func (w *Writer) shared(c rolekit.Contents) error {
	s := shared{Roles: roles(c), Baseline: map[rolekit.ProfileID][]grant{}}
	for profile, granted := range c.Baseline {
		s.Baseline[profile] = grants(granted)
	}
	if err := w.begin(); err != nil {
		return err
	}
	if k := c.Catalog; k != nil {
		was := catalog{k.AppliedBy, moment{k.AppliedAt}, k.Later, k.Body}
		if err := w.part("the catalog that was applied last", map[string]catalog{"catalog": was}); err != nil {
			return err
		}
	}
	return w.part("what all organisations share", map[string]shared{"defaults": s})
}

// Close ends the document. It does not close what it writes to.
func (w *Writer) Close() error {
	if err := w.begin(); err != nil || w.orgs > 0 {
		return err
	}
	_, err := io.WriteString(w.w, "orgs: []\n")
	return err
}

func (w *Writer) begin() error {
	if w.begun {
		return nil
	}
	w.begun = true
	_, err := fmt.Fprintf(w.w, "# Who may do what, as rolekit export writes it and rolekit import reads it.\nrolekit: %d\n", version)
	return err
}

// part writes what must be small enough to be read back.
func (w *Writer) part(what string, v any) error {
	text, err := dump(v)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if len(text) > MaxPart {
		return fmt.Errorf("%s has %d bytes, and at most %d can be read back", what, len(text), MaxPart)
	}
	_, err = w.w.Write(text)
	return err
}
