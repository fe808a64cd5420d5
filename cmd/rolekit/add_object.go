package main

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit"
)

const addObjectHelp = addHelp + `

  rolekit add object quotes --catalog catalog.yaml --label Quotes --action read,write`

type addObject struct {
	addFlags

	id, label string
	actions   []string
}

func newAddObject() *cobra.Command {
	var f addObject
	cmd := &cobra.Command{
		Use:   "object OBJECT",
		Short: "Add an object with its actions",
		Long:  addObjectHelp,
		Args:  oneAtMost("one object"),
		RunE: func(cmd *cobra.Command, args []string) error {
			f.id = first(args)
			return f.run(cmd, f.prepare, f.apply)
		},
	}
	f.declare(cmd)
	cmd.Flags().StringVar(&f.label, "label", "", "what people read (`text`)")
	cmd.Flags().StringSliceVar(&f.actions, "action", nil, "`actions` that make sense on it")
	return cmd
}

func (f *addObject) prepare(cmd *cobra.Command, e *catalogEdit) error {
	var m missing
	m.need(f.id != "", "OBJECT")
	m.need(f.label != "", "--label")
	m.need(len(f.actions) > 0, "--action")
	if slices.ContainsFunc(e.before.Objects(), func(o rolekit.ObjectInfo) bool { return string(o.ID) == f.id }) {
		return usagef("there is an object %q already; rolekit add permission adds an action to it", f.id)
	}
	actions := e.actions()
	for _, action := range f.actions {
		if !slices.Contains(actions, action) {
			return unknown("action", action, actions, "add it with rolekit add permission "+f.id+":"+action)
		}
	}
	return m.err(cmd)
}

func (f *addObject) apply(e *catalogEdit) error {
	return e.wrong(e.file.Put([]string{"objects"}, f.id, with(entry("label", f.label), "actions", f.actions)))
}
