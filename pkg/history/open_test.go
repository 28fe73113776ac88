package history

import (
	"errors"
	"strings"
	"testing"
)

func TestRedact(t *testing.T) {
	for location, want := range map[string]string{
		"":                                      "",
		"/var/lib/vmmp/history.db":              "/var/lib/vmmp/history.db",
		"a:b@c.db":                              "a:b@c.db",
		"postgres://host/db":                    "postgres://host/db",
		"postgres://me@host:5432/db":            "postgres://me@host:5432/db",
		"postgres://me:secret@host/db":          "postgres://me:xxxxx@host/db",
		"postgres://me:@host/db":                "postgres://me:xxxxx@host/db",
		"PostgreSQL://me:se:cr@et@host/db":      "PostgreSQL://me:xxxxx@host/db",
		"postgres://me:se/cr#e?t@host/db":       "postgres://me:xxxxx@host/db",
		"postgres://me:%zzsecret@host/db":       "postgres://me:xxxxx@host/db",
		"postgres://h/db?user=a&password=x@y&z": "postgres://h/db?user=a&password=xxxxx&z",
		"postgres://h/db?sslPassword=secret":    "postgres://h/db?sslPassword=xxxxx",
		"mysql://me:secret@host/db":             "mysql://me:xxxxx@host/db",
	} {
		if got := Redact(location); got != want {
			t.Errorf("Redact(%q) = %q, want %q", location, got, want)
		}
	}
}

func TestIsFile(t *testing.T) {
	for location, want := range map[string]bool{
		"": false, "history.db": true, "/a/b://c": true, "postgres://host/db": false, "mysql://host/db": false,
	} {
		if got := IsFile(location); got != want {
			t.Errorf("IsFile(%q) = %t", location, got)
		}
	}
}

func TestLocations(t *testing.T) {
	for location, want := range map[string]string{
		"":                                  "the location is empty",
		"mysql://me:hushhush@host/db":       "only PostgreSQL is known by URL",
		"postgres://me:hush/hush@host/db":   "the URL cannot be read",
		"postgres://me:hush%zzhush@host/db": "the URL cannot be read",
		"postgres://me:hush@host/db?sslmode=sideways": "sslmode is invalid",
		"postgresql://me:hush@host:port/db":           "the URL cannot be read",
		"postgres://me:hush@host/db?pool_max_conns=x": "pool_max_conns",
	} {
		_, err := Open(t.Context(), location)
		if !errors.Is(err, ErrLocation) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: %v", location, err)
		}
	}
}

// A server that is not there is named, and the history is not called damaged.
func TestNoServer(t *testing.T) {
	_, err := Open(t.Context(), "postgres://me:hush@127.0.0.1:1/db")
	if err == nil || !strings.HasPrefix(err.Error(), "postgres://me:xxxxx@127.0.0.1:1/db: ") || strings.Contains(err.Error(), "hush") ||
		strings.Count(err.Error(), "connection refused") != 1 || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "server runs") {
		t.Errorf("%v", err)
	}
	for _, fault := range []error{ErrLocation, ErrReadOnly, ErrNewer, ErrDamaged, ErrFull, ErrBusy} {
		if errors.Is(err, fault) {
			t.Errorf("%v is %v", err, fault)
		}
	}
}

func TestNumbered(t *testing.T) {
	if got := numbered("a = ? AND b < ? LIMIT ?"); got != "a = $1 AND b < $2 LIMIT $3" {
		t.Error(got)
	}
}

// Every fault has a remedy.
func TestRemedies(t *testing.T) {
	for _, fault := range []error{ErrLocation, ErrReadOnly, ErrNewer, ErrDamaged, ErrFull, ErrBusy} {
		if remedy(fault, errForeign) == "" {
			t.Errorf("none for %v", fault)
		}
	}
}
