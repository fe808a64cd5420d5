package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit"
	"github.com/rolekit/rolekit/cmd/rolekit/internal/prompt"
)

// conversation is with whoever adds to a catalog at a terminal.
type conversation struct {
	ctx   context.Context //nolint:containedctx // it lives as long as the command
	cmd   *cobra.Command
	asker *prompt.Asker
	e     *catalogEdit
	begun bool // something was asked
}

// conversation returns nil where no terminal reads and writes, and so nobody is asked.
func (f *addFlags) conversation(cmd *cobra.Command, e *catalogEdit) *conversation {
	in, ok := cmd.InOrStdin().(*os.File)
	if !ok || !isTerminal(in) || !isTerminal(cmd.OutOrStdout()) || !isTerminal(cmd.ErrOrStderr()) {
		return nil
	}
	return &conversation{ctx: cmd.Context(), cmd: cmd, e: e, asker: &prompt.Asker{
		In: in, Out: cmd.ErrOrStderr(), Plain: f.plain || os.Getenv("TERM") == "dumb",
	}}
}

// about asks for what was not said.
func (c *conversation) about(what adder) error {
	c.begun = true
	if err := c.asker.Say("What is added to " + c.e.name + "? Ctrl-C changes nothing."); err != nil {
		return err
	}
	return c.over(what.ask(c))
}

// steps asks one question after the other.
func (c *conversation) steps(steps ...func(*conversation) error) error {
	for _, step := range steps {
		if err := step(c); err != nil {
			return err
		}
	}
	return nil
}

func (c *conversation) yesOrNo(question string) (bool, error) {
	c.begun = true
	yes, err := c.asker.YesOrNo(c.ctx, question)
	return yes, c.over(err)
}

// over says what a conversation leaves behind that was broken off.
func (c *conversation) over(err error) error {
	if errors.Is(err, prompt.ErrBrokenOff) {
		return fmt.Errorf("%w; %s is as it was", err, c.e.name)
	}
	return err
}

// given reports whether a flag was set, be it to nothing.
func (c *conversation) given(flag string) bool { return c.cmd.Flags().Changed(flag) }

// lineOf is where a message about a catalog says that something stands, which of a
// catalog that is no file yet nobody finds.
var lineOf = regexp.MustCompile(`(?m)^.*?:[0-9]+: `)

// accepts tells of an answer what it would be refused for as a flag: with it, the rest
// of what is added is checked, and the catalog as it would be is read.
func (c *conversation) accepts(what adder) error {
	err := what.check(c.e)
	if err == nil {
		_, err = c.e.tried(what)
	}
	if wrong, ok := errors.AsType[wrongCatalogError](err); ok {
		return errors.New(lineOf.ReplaceAllString(wrong.error.Error(), ""))
	}
	return err
}

// answered returns what is added with an answer, which set puts in its place.
func answered[F, V any, P interface {
	*F
	adder
}](f P, set func(P, V),
) func(V) adder {
	return func(answer V) adder {
		g := *f
		set(&g, answer)
		return P(&g)
	}
}

// text asks for a text, which may be empty. with is what is added with it.
func (c *conversation) text(title, empty string, with func(string) adder) (string, error) {
	return c.asker.Text(c.ctx, prompt.Question{Title: title, Empty: empty}, func(text string) error { return c.accepts(with(text)) })
}

// needed asks for a text that is not empty.
func (c *conversation) needed(title string, with func(string) adder) (string, error) {
	return c.asker.Text(c.ctx, prompt.Question{Title: title}, func(text string) error {
		if text == "" {
			return errors.New("it cannot be empty")
		}
		return c.accepts(with(text))
	})
}

// many asks for any number of several. with is what is added with them.
func (c *conversation) many(title, empty string, options []prompt.Option, with func([]string) adder) ([]string, error) {
	return c.asker.Many(c.ctx, prompt.Question{Title: title, Empty: empty}, options, func(chosen []string) error { return c.accepts(with(chosen)) })
}

// labelled are options with what people read, where that is not the id.
func labelled[T any](items []T, of func(T) (id, label string)) []prompt.Option {
	options := make([]prompt.Option, len(items))
	for i, item := range items {
		id, label := of(item)
		options[i] = prompt.Option{Value: id, Label: id}
		if label = cmp.Or(label, id); label != id {
			options[i].Label = id + "  " + label
		}
	}
	return options
}

func (c *conversation) actionOptions() []prompt.Option {
	return labelled(c.e.before.Actions(), func(a rolekit.ActionInfo) (string, string) { return string(a.ID), a.Label })
}

func profileOptions(catalog *rolekit.Catalog) []prompt.Option {
	return labelled(catalog.Profiles(), func(p rolekit.ProfileInfo) (string, string) { return string(p.ID), p.Label })
}

// grantOptions are a name with each access that it can have, as flags write them.
func grantOptions(name string, accesses []rolekit.Access) []prompt.Option {
	var options []prompt.Option
	for _, access := range accesses {
		if access == "set" { // sets are an organisation's, and the catalog is everyone's
			continue
		}
		option := prompt.Option{Value: name, Label: name}
		if access != rolekit.AccessAny {
			option = prompt.Option{Value: name + "=" + string(access), Label: name + " (" + string(access) + ")"}
		}
		options = append(options, option)
	}
	return options
}

// sentence joins what several lines say.
func sentence(lines []string) string { return strings.Join(lines, "; ") }
