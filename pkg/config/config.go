package config

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"time"
)

// Config holds all that vmmp serve is told. The comments in [Keys] say what each
// value means.
type Config struct {
	Addr          string
	Model         string // empty: the embedded one
	History       string // empty: see HistoryLocation
	PredictionKey string // empty: prediction_ids are not signed

	Sources   Sources
	Retention Retention
	Timeouts  Timeouts
	Log       Log
	Business  Business
}

// Sources are the places whose VMs are watched, and how often they may be asked.
type Sources struct {
	Places   string        // addresses, parted by white space; empty: none are watched
	Interval time.Duration // between two looks at a place
	VMs      int64         // that one look observes at most
	Measure  string        // none, dirty-rate or curve
}

// Retention is how much of the history is kept; 0 keeps all.
type Retention struct {
	MaxAge  time.Duration
	MaxRows int64
}

// Timeouts bound how long a client, or the end of the server, may take. Header,
// Read, Write and Idle are positive.
type Timeouts struct {
	Header time.Duration
	Read   time.Duration
	Write  time.Duration
	Idle   time.Duration
	Drain  time.Duration
	Linger time.Duration
}

// Log is what is logged and how.
type Log struct {
	Level  slog.Level
	Format string // auto, text or json
}

// Business is what downtime means to the operator.
type Business struct {
	DowntimeLimit    time.Duration // 0: a migration's downtime does not decide its success
	BaselineDowntime time.Duration // 0: unknown
	PricePerSecond   float64       // in Currency
	Currency         string
}

// NoHistory is the value of Config.History that keeps nothing.
const NoHistory = "none"

// HistoryLocation returns where the history is: a file, a postgres:// URL or NoHistory.
// If none was named it is vmmp/history.db below $XDG_STATE_HOME or ~/.local/state; the
// error means that there is no home directory either.
func (c Config) HistoryLocation(getenv func(string) string) (string, error) {
	if c.History != "" {
		return c.History, nil
	}
	folder := home(getenv, "XDG_STATE_HOME", ".local/state")
	if folder == "" {
		return "", fmt.Errorf("no place for the history: neither XDG_STATE_HOME nor HOME is set; "+
			"name a file with --history, or keep none with --history %s", NoHistory)
	}
	return filepath.Join(folder, "vmmp", "history.db"), nil
}

// home returns the folder that variable names, else fallback below $HOME; empty if
// there is neither. The XDG base directory specification has relative folders
// ignored.
func home(getenv func(string) string, variable, fallback string) string {
	if folder := getenv(variable); filepath.IsAbs(folder) {
		return folder
	}
	if folder := getenv("HOME"); filepath.IsAbs(folder) {
		return filepath.Join(folder, fallback)
	}
	return ""
}
