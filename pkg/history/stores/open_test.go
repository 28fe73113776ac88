package stores

import (
	"errors"
	"strings"
	"testing"

	"vmmp/pkg/history"
)

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
		if !errors.Is(err, history.ErrLocation) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hush") {
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
	for _, fault := range []error{history.ErrLocation, history.ErrReadOnly, history.ErrNewer, history.ErrDamaged, history.ErrFull, history.ErrBusy} {
		if errors.Is(err, fault) {
			t.Errorf("%v is %v", err, fault)
		}
	}
}
