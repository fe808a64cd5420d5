package main

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit"
)

const addObjectHelp = addHelp + `

  rolekit add object quotes --catalog catalog.yaml --label Quotes \
    --action read,write --new-action send='send to customers' --implies send=read`

const newActionFlag = "new-action"

type addObject struct {
	addFlags

	id, label string
	actions   []string
	news      []newAction
}

func newAddObject() *cobra.Command {
	var (
		f               addObject
		labels, implied []string
	)
	cmd := &cobra.Command{
		Use:   "object OBJECT",
		Short: "Add an object with its actions",
		Long:  addObjectHelp,
		Args:  oneAtMost("one object"),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			f.id = first(args)
			if f.news, err = newActions(labels, implied); err != nil {
				return err
			}
			return f.run(cmd, &f)
		},
	}
	f.declare(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.label, "label", "", "what people read (`text`)")
	flags.StringSliceVar(&f.actions, "action", nil, "`actions` that make sense on it")
	flags.StringArrayVar(&labels, newActionFlag, nil, "an `action` that makes sense on it and is new: ACTION=LABEL")
	flags.StringSliceVar(&implied, "implies", nil, "`actions` that new ones imply: ACTION=IMPLIED")
	f.completes(cmd, nothing)
	return cmd
}

func (f *addObject) check(e *catalogEdit) error {
	if slices.ContainsFunc(e.before.Objects(), func(o rolekit.ObjectInfo) bool { return string(o.ID) == f.id }) {
		return usagef("there is an object %q already; rolekit add permission adds an action to it", f.id)
	}
	actions := e.actions()
	for _, action := range f.actions {
		if !slices.Contains(actions, action) {
			return unknown("action", action, actions, "--"+newActionFlag+" declares a new one")
		}
	}
	for _, action := range f.news {
		if slices.Contains(actions, action.id) {
			return usagef("there is an action %q already; --action takes it", action.id)
		}
	}
	return nil
}

func (f *addObject) lacks(cmd *cobra.Command, _ *catalogEdit) error {
	var m missing
	m.need(f.id != "", "OBJECT")
	m.need(f.label != "", "--label")
	m.need(len(f.actions)+len(f.news) > 0, "--action (or --"+newActionFlag+")")
	return m.err(cmd)
}

func (f *addObject) apply(e *catalogEdit) error {
	actions := slices.Clone(f.actions)
	for _, action := range f.news {
		if err := action.declare(e); err != nil {
			return err
		}
		actions = append(actions, action.id)
	}
	return e.wrong(e.file.Put([]string{"objects"}, f.id, with(entry("label", f.label), "actions", actions)))
}
