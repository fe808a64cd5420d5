package policytest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/rolekit/rolekit"
)

// Ask sets the clock and asks the case's question of the kit.
func (w *World) Ask(ctx context.Context, c Case) (rolekit.Decision, error) {
	w.SetClock(c)
	return w.Can(ctx, c.Ask.Identity, c.Ask.Permission, c.Resource())
}

// Resource is what the question is about; nil where it names none.
//
//nolint:ireturn // a nil *Resource would not be a nil rolekit.Resource
func (c Case) Resource() rolekit.Resource {
	if c.Of == nil {
		return nil
	}
	return c.Of
}

// Check compares an answer with the one expected: allowed or not, how far, or
// which error. It returns what is wrong, with file and line; nil where nothing
// is.
func (c Case) Check(d rolekit.Decision, err error) error {
	wrong := c.compare(d, err)
	if wrong == nil {
		return nil
	}
	return fmt.Errorf("%s: %s: %w", c.where, c, wrong)
}

func (c Case) compare(d rolekit.Decision, err error) error {
	switch got := answer(d, err); {
	case err != nil && d.Allowed:
		return fmt.Errorf("an error came with an allowing decision: %w", err)
	case !d.Allowed && len(d.Access()) > 0:
		return fmt.Errorf("a denial reaches %v", d.Access())
	case got != c.Want && err != nil:
		return fmt.Errorf("want %s, got %s (%w)", c.Want, got, err)
	case got != c.Want && d.Allowed:
		return fmt.Errorf("want %s, got %s, as far as %v, by %v", c.Want, got, d.Access(), d.Reasons())
	case got != c.Want:
		return fmt.Errorf("want %s, got %s", c.Want, got)
	}
	if d.Allowed {
		return c.compareReach(d.Access())
	}
	return nil
}

// answer is the answer in the words of the files.
func answer(d rolekit.Decision, err error) string {
	switch {
	case err != nil:
		return string(rolekit.CodeOf(err))
	case d.Allowed:
		return "yes"
	}
	return "no"
}

// compareReach expects any where no reach is said, but for a resource: then
// only that something reaches it.
func (c Case) compareReach(got []rolekit.Access) error {
	want := c.Reach
	if want == nil && c.Of == nil {
		want = []rolekit.Access{rolekit.AccessAny}
	}
	switch {
	case len(got) == 0:
		return errors.New("a yes reaches nothing")
	case want != nil && !slices.Equal(got, want):
		return fmt.Errorf("want reach %v, got %v", want, got)
	}
	return nil
}
