// Package prompt asks people at a terminal, one question after the other. What they
// are asked and shown may come from a file: nothing of it is obeyed by the terminal.
package prompt

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"charm.land/huh/v2"
	"charm.land/lipgloss/v2"

	"github.com/rolekit/rolekit/cmd/rolekit/internal/screen"
)

// ErrBrokenOff is returned where whoever is asked does not want to go on: they pressed
// Ctrl-C or Esc, the input ended, or the program is to end.
var ErrBrokenOff = errors.New("broken off")

// Asker asks at one terminal. It is for one goroutine.
type Asker struct {
	In  *os.File
	Out io.Writer
	// Plain asks line by line and draws nothing, as screen readers and terminals that
	// cannot do more want it.
	Plain bool
}

// Question is what is asked. Empty is what it means to answer nothing, where that is
// an answer.
type Question struct{ Title, Empty string }

// Option is one of several answers.
type Option struct{ Value, Label string }

// Say shows lines that belong to what is asked next.
func (a *Asker) Say(lines ...string) error {
	for _, line := range lines {
		if _, err := fmt.Fprintln(a.Out, screen.SafeLines(line)); err != nil {
			return err
		}
	}
	return nil
}

// Text asks for a line of text, which check must accept.
func (a *Asker) Text(ctx context.Context, q Question, check func(string) error) (string, error) {
	var text string
	in := &input{ctx: ctx, file: a.In}
	field := huh.NewInput().Title(a.title(q)).Value(&text).Validate(func(typed string) error {
		if in.ended { // nobody is there to correct it
			return nil
		}
		return shown(check(strings.TrimSpace(typed)))
	})
	if err := a.ask(ctx, in, field); err != nil {
		return "", err
	}
	text = strings.TrimSpace(text)
	return text, a.echo(q, text)
}

// One asks for one of several; was is the one that is chosen before anything is pressed.
func (a *Asker) One(ctx context.Context, title string, options []Option, was string) (string, error) {
	chosen := was
	field := huh.NewSelect[string]().Title(a.title(Question{Title: title})).Options(safe(options)...).Value(&chosen).Height(a.height(options))
	if err := a.ask(ctx, &input{ctx: ctx, file: a.In}, field); err != nil {
		return "", err
	}
	i := slices.IndexFunc(options, func(o Option) bool { return o.Value == chosen })
	return chosen, a.echo(Question{Title: title}, cmp.Or(chosen, options[i].Label))
}

// Many asks for any number of several, which check must accept. What is typed line by
// line may be none of the options: check decides.
func (a *Asker) Many(ctx context.Context, q Question, options []Option, check func([]string) error) ([]string, error) {
	if a.Plain {
		return a.list(ctx, q, options, check)
	}
	var chosen []string
	for {
		field := huh.NewMultiSelect[string]().Title(a.title(q)).Options(safe(options)...).Value(&chosen).Height(a.height(options))
		if err := a.ask(ctx, &input{ctx: ctx, file: a.In}, field); err != nil {
			return nil, err
		}
		err := check(chosen)
		if err == nil {
			return chosen, a.echo(q, strings.Join(chosen, ", "))
		}
		if err := a.Say(err.Error()); err != nil {
			return nil, err
		}
	}
}

// list shows options once, and lets several be typed.
func (a *Asker) list(ctx context.Context, q Question, options []Option, check func([]string) error) ([]string, error) {
	for _, o := range options {
		if err := a.Say("  " + o.Label); err != nil {
			return nil, err
		}
	}
	q.Title += ", with commas between"
	text, err := a.Text(ctx, q, func(text string) error { return check(parts(text)) })
	return parts(text), err
}

// parts are what stands between commas.
func parts(text string) []string {
	var parts []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

// YesOrNo asks a question that Enter alone answers with yes.
func (a *Asker) YesOrNo(ctx context.Context, title string) (bool, error) {
	yes, answer := true, "yes"
	if err := a.ask(ctx, &input{ctx: ctx, file: a.In}, huh.NewConfirm().Title(screen.Safe(title)).Value(&yes).WithButtonAlignment(lipgloss.Left)); err != nil {
		return false, err
	}
	if !yes {
		answer = "no"
	}
	return yes, a.echo(Question{Title: title}, answer)
}

// title is a question as it stands in front of its answer.
func (a *Asker) title(q Question) string {
	text := q.Title
	if q.Empty != "" {
		text += " (" + q.Empty + " if empty)"
	}
	if a.Plain {
		text += ":"
	}
	return screen.Safe(text)
}

// echo leaves a question and its answer on the screen, where drawing took it away.
func (a *Asker) echo(q Question, answer string) error {
	if a.Plain {
		return nil
	}
	sign := ": "
	if strings.HasSuffix(q.Title, "?") {
		sign = " "
	}
	return a.Say(q.Title + sign + cmp.Or(answer, q.Empty))
}

// ask shows a field until it has an answer.
func (a *Asker) ask(ctx context.Context, in *input, field huh.Field) error {
	form := huh.NewForm(huh.NewGroup(field)).WithProgramOptions(escape(field)).WithOutput(a.Out).WithAccessible(a.Plain).WithKeyMap(keys())
	if a.Plain {
		form.WithInput(in).WithTheme(noTheme())
	} else {
		form.WithInput(a.In).WithTheme(theme())
	}
	err := form.RunWithContext(ctx)
	switch {
	case errors.Is(err, huh.ErrUserAborted), errors.Is(err, huh.ErrTimeout), ctx.Err() != nil:
		return ErrBrokenOff
	case err != nil:
		return fmt.Errorf("nothing can be asked: %w", err)
	case in.ended, !a.Plain && form.State != huh.StateCompleted: // a signal ends it like an answer
		return ErrBrokenOff
	}
	return nil
}

// shown is an error as it stands below a question: huh shows what it says.
func shown(err error) error {
	if err == nil {
		return nil
	}
	return errors.New(screen.SafeLines(err.Error()))
}

func safe(options []Option) []huh.Option[string] {
	safe := make([]huh.Option[string], len(options))
	for i, o := range options {
		safe[i] = huh.NewOption(screen.Safe(o.Label), o.Value)
	}
	return safe
}

// height is how many lines a list takes with its title, so that the keys are told below
// it; what is longer is scrolled.
func (a *Asker) height(options []Option) int {
	const most, around = 12, 5
	return 1 + max(min(len(options), most, screen.Rows(a.Out)-around), 1)
}
