package main

import (
	"errors"
	"slices"

	"github.com/rolekit/rolekit/cmd/rolekit/internal/prompt"
)

func (f *addObject) ask(c *conversation) error {
	return c.steps(f.askID, f.askLabel, f.askActions, f.askNewActions)
}

func (f *addObject) askID(c *conversation) (err error) {
	if f.id != "" {
		return nil
	}
	f.id, err = c.needed("Object", answered(f, func(g *addObject, text string) {
		g.id = text
		g.orAnyAction(c)
	}))
	return err
}

// orAnyAction gives the object an action, as long as it has none.
func (f *addObject) orAnyAction(c *conversation) {
	if len(f.actions)+len(f.news) == 0 {
		f.actions = c.e.actions()[:1]
	}
}

func (f *addObject) askLabel(c *conversation) (err error) {
	if f.label != "" {
		return nil
	}
	f.label, err = c.needed("What people read for "+f.id, answered(f, func(g *addObject, text string) {
		g.label = text
		g.orAnyAction(c)
	}))
	return err
}

func (f *addObject) askActions(c *conversation) (err error) {
	if len(f.actions) > 0 {
		return nil
	}
	f.actions, err = c.many("Actions that make sense on "+f.id, "none", c.actionOptions(), answered(f, func(g *addObject, chosen []string) {
		g.actions = chosen
		g.orAnyAction(c)
	}))
	return err
}

func (f *addObject) askNewActions(c *conversation) error {
	if c.given(newActionFlag) {
		return nil
	}
	for {
		with := answered(f, func(g *addObject, a newAction) { g.news = append(slices.Clone(f.news), a) })
		var a newAction
		var err error
		a.id, err = c.asker.Text(c.ctx, prompt.Question{Title: "An action that is new", Empty: "none"}, func(text string) error {
			switch {
			case text != "":
				return c.accepts(with(newAction{id: text}))
			case len(f.actions)+len(f.news) == 0:
				return errors.New("an object has one action at least; name one")
			}
			return nil
		})
		if err != nil || a.id == "" {
			return err
		}
		if err := c.askNewAction(&a, false, false, with); err != nil {
			return err
		}
		f.news = append(f.news, a)
	}
}
