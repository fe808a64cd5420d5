package main

import (
	"slices"
	"strings"
)

// newAction is an action that the catalog does not have yet.
type newAction struct {
	id, label string
	implies   []string
}

// declare puts it into the catalog.
func (a newAction) declare(e *catalogEdit) error {
	return e.wrong(e.file.Put([]string{"actions"}, a.id, with(entry("label", a.label), "implies", a.implies)))
}

// askNewAction asks what there is to say of an action that is new. with is what is
// added with it.
func (c *conversation) askNewAction(a *newAction, labelGiven, impliesGiven bool, with func(newAction) adder) (err error) {
	if !labelGiven {
		a.label, err = c.needed("What people read for "+a.id, func(text string) adder {
			b := *a
			b.label = text
			return with(b)
		})
		if err != nil {
			return err
		}
	}
	if impliesGiven {
		return nil
	}
	a.implies, err = c.many("Actions that "+a.id+" implies", "none", c.actionOptions(), func(chosen []string) adder {
		b := *a
		b.implies = chosen
		return with(b)
	})
	return err
}

// newActions reads ACTION=LABEL and ACTION=IMPLIED.
func newActions(labels, implied []string) ([]newAction, error) {
	var actions []newAction
	for _, written := range labels {
		id, label, _ := strings.Cut(written, "=")
		if id == "" || label == "" {
			return nil, usagef("--%s %q is no action with what people read; write ACTION=LABEL, such as send=send", newActionFlag, written)
		}
		actions = append(actions, newAction{id: id, label: label})
	}
	for _, written := range implied {
		id, implies, _ := strings.Cut(written, "=")
		i := slices.IndexFunc(actions, func(a newAction) bool { return a.id == id })
		if i < 0 || implies == "" {
			return nil, usagef("--implies %q: write ACTION=IMPLIED, where --%s names the action", written, newActionFlag)
		}
		actions[i].implies = append(actions[i].implies, implies)
	}
	return actions, nil
}
