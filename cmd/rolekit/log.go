package main

import (
	"io"
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/rolekit/rolekit/api/serving"
)

// logFlags are the settings of the log, which goes to standard error.
type logFlags struct{ format, level string }

func (l *logFlags) declare(cmd *cobra.Command) { l.declareAt(cmd, "info") }

// declareQuiet is declare for commands whose answer is what they print.
func (l *logFlags) declareQuiet(cmd *cobra.Command) { l.declareAt(cmd, "warn") }

func (l *logFlags) declareAt(cmd *cobra.Command, level string) {
	cmd.Flags().StringVar(&l.format, "log-format", "text", "`form` of the log: text or json")
	cmd.Flags().StringVar(&l.level, "log-level", level, "least `level` that is logged: debug, info, warn or error")
}

func (l *logFlags) logger(w io.Writer) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(l.level)); err != nil {
		return nil, usagef("--log-level is %q; use debug, info, warn or error", l.level)
	}
	options := &slog.HandlerOptions{Level: level}
	switch l.format {
	case "text":
		return slog.New(serving.LogHandler(slog.NewTextHandler(w, options))), nil
	case "json":
		return slog.New(serving.LogHandler(slog.NewJSONHandler(w, options))), nil
	}
	return nil, usagef("--log-format is %q; use text or json", l.format)
}
