package config

import (
	"strings"
	"testing"
	"time"
)

func TestValues(t *testing.T) {
	for _, c := range []struct {
		key, typed string
		want       string // as shown, "" if refused
	}{
		{"addr", "[fe80::1%eth0]:8001", "[fe80::1%eth0]:8001"},
		{"addr", "localhost:0", "localhost:0"},
		{"addr", "::1:8001", ""},
		{"addr", "localhost", ""},
		{"addr", "localhost:http", ""},
		{"addr", "localhost:65536", ""},
		{"addr", "a b:1", ""},
		{"addr", "http://localhost:1", ""},
		{"addr", "[1.2.3.4:5]:6", ""},
		{"addr", "", ""},
		{"history", "none", "none"},
		{"history", "/var/lib/vmmp/history.db", "/var/lib/vmmp/history.db"},
		{"history", "postgres://u:p@h:5432/d?sslmode=disable", "postgres://u:p@h:5432/d?sslmode=disable"},
		{"history", "postgresql:///vmmp", "postgresql:///vmmp"},
		{"history", "mysql://h/d", ""},
		{"history", "postgres://h:port/d", ""},
		{"model", "\xff", ""},
		{"model", "a\x00b", ""},
		{"prediction_key", "line\n", ""},
		{"retention.max_age", " 90m ", "1h30m"},
		{"retention.max_age", "2160h", "2160h"},
		{"retention.max_age", "0", "0s"},
		{"retention.max_age", "-1ns", ""},
		{"retention.max_age", "90d", ""},
		{"retention.max_age", "3000000h", ""},
		{"timeouts.header", "1ns", "1ns"},
		{"timeouts.header", "0s", ""},
		{"timeouts.idle", "10s", "10s"},
		{"timeouts.idle", "10m", "10m"},
		{"timeouts.idle", "1h0m10s", "1h0m10s"},
		{"retention.max_rows", " 10 ", "10"},
		{"retention.max_rows", "-1", ""},
		{"retention.max_rows", "1e3", ""},
		{"retention.max_rows", "0x10", ""},
		{"retention.max_rows", "9223372036854775808", ""},
		{"business.price_per_second", "1e2", "100"},
		{"business.price_per_second", "-0", "0"},
		{"business.price_per_second", "-0.1", ""},
		{"business.price_per_second", "NaN", ""},
		{"business.price_per_second", "inf", ""},
		{"business.price_per_second", "1e999", ""},
		{"business.price_per_second", "0x1p4", ""},
		{"business.price_per_second", "12,50", ""},
		{"log.level", "error", "error"},
		{"log.level", "INFO", ""},
		{"log.level", "info+2", ""},
		{"log.format", "", ""},
	} {
		var config Config
		v := lookup(c.key).at(&config)
		before := v.String()
		switch err := v.set(c.typed); {
		case c.want == "" && err == nil:
			t.Errorf("%s takes %q as %s", c.key, c.typed, v)
		case c.want == "" && (!strings.HasPrefix(err.Error(), "must be ") || v.String() != before):
			t.Errorf("%s %q: %v, and is now %s", c.key, c.typed, err, v)
		case c.want != "" && (err != nil || v.String() != c.want):
			t.Errorf("%s %q: %v, %s, want %s", c.key, c.typed, err, v, c.want)
		}
	}
}

// A duration is shown as something that stands for the same one.
func TestDurationsAreShownExactly(t *testing.T) {
	for _, d := range []time.Duration{
		0, 1, time.Millisecond, 10 * time.Second, time.Minute, 10 * time.Minute, time.Hour, 10 * time.Hour, 20*time.Hour + time.Second,
		100*time.Hour + 30*time.Minute, 1<<63 - 1,
	} {
		shown := duration{&d, 0}.String()
		if got, err := time.ParseDuration(shown); err != nil || got != d {
			t.Errorf("%v is shown as %s", d, shown)
		}
	}
}

func TestMeant(t *testing.T) {
	for name, want := range map[string]string{
		"log_level":       "; did you mean log.level?",
		"LOG.LEVEL":       "; did you mean log.level?",
		"prediction-key":  "; did you mean prediction_key?",
		"retention.maxag": "; did you mean retention.max_age?",
		"currency":        "; did you mean business.currency?",
		"logs":            "; did you mean log?",
		"colour":          "",
		"":                "",
		"x":               "",
	} {
		if got := meant(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
	if got := meant(strings.Repeat("addr", 20)); got != "" {
		t.Errorf("a long name: %q", got)
	}
}
