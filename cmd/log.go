package cmd

import (
	"log/slog"

	"vmmp/cmd/internal/terminal"
	"vmmp/pkg/config"
)

// newLog returns the log of a server on standard error: text for a person at a
// terminal, JSON for whatever collects it elsewhere, unless told otherwise.
func (e *env) newLog(c config.Log) *slog.Logger {
	options := &slog.HandlerOptions{Level: c.Level}
	_, person := terminal.Width(e.stderr)
	if c.Format == "text" || c.Format == "auto" && person {
		return slog.New(slog.NewTextHandler(e.stderr, options))
	}
	return slog.New(slog.NewJSONHandler(e.stderr, options))
}
