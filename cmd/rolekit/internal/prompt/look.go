package prompt

import (
	tea "charm.land/bubbletea/v2"
	"charm.land/huh/v2"
	"charm.land/lipgloss/v2"
)

// theme is that of huh without its colours, which some backgrounds swallow; what is
// chosen can be told without any. It is made once: huh asks for it at each option.
func theme() huh.ThemeFunc {
	t := huh.ThemeBase(false)
	green, red := lipgloss.Color("2"), lipgloss.Color("1")
	f := &t.Focused
	f.Title = f.Title.Bold(true)
	f.SelectSelector, f.MultiSelectSelector = f.SelectSelector.Foreground(green), f.MultiSelectSelector.Foreground(green)
	f.SelectedOption, f.SelectedPrefix = f.SelectedOption.Foreground(green), f.SelectedPrefix.Foreground(green)
	f.ErrorIndicator, f.ErrorMessage = f.ErrorIndicator.Foreground(red), f.ErrorMessage.Foreground(red)
	f.FocusedButton = f.FocusedButton.UnsetForeground().UnsetBackground().Reverse(true)
	f.BlurredButton = f.BlurredButton.UnsetForeground().UnsetBackground()
	return func(bool) *huh.Styles { return t }
}

// noTheme is for what is written line by line.
func noTheme() huh.ThemeFunc {
	return func(bool) *huh.Styles { return &huh.Styles{} }
}

// keys are those of huh, but Esc breaks off, as Ctrl-C does. While a filter is typed, it
// is the Enter that ends that: see escape.
func keys() *huh.KeyMap {
	k := huh.NewDefaultKeyMap()
	k.Quit.SetKeys("ctrl+c", "esc")
	k.Select.SetFilter.SetKeys("enter")
	k.Select.SetFilter.SetHelp("enter", "set filter")
	k.Select.ClearFilter.SetKeys("backspace")
	k.Select.ClearFilter.SetHelp("backspace", "clear filter")
	k.MultiSelect.SetFilter.SetKeys("enter")
	k.MultiSelect.SetFilter.SetHelp("enter", "set filter")
	k.MultiSelect.ClearFilter.SetKeys("backspace")
	k.MultiSelect.ClearFilter.SetHelp("backspace", "clear filter")
	return k
}

// escape has Esc end the filter that is being typed into a list, which whoever presses
// it there wants to leave, and not the questions.
func escape(field huh.Field) tea.ProgramOption {
	list, ok := field.(interface{ GetFiltering() bool })
	return tea.WithFilter(func(_ tea.Model, msg tea.Msg) tea.Msg {
		if key, pressed := msg.(tea.KeyPressMsg); ok && pressed && key.Code == tea.KeyEscape && list.GetFiltering() {
			return tea.KeyPressMsg{Code: tea.KeyEnter}
		}
		return msg
	})
}
