package config

import (
	"log/slog"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// environ is an environment of just these variables.
func environ(variables map[string]string) func(string) string {
	return func(name string) string { return variables[name] }
}

func TestDefault(t *testing.T) {
	want := Config{
		Addr:    ":8001",
		Sources: Sources{Interval: time.Minute, VMs: 500, Measure: "none"},
		Timeouts: Timeouts{
			Header: 5 * time.Second, Read: 10 * time.Second, Write: 10 * time.Second,
			Idle: 2 * time.Minute, Drain: 10 * time.Second,
		},
		Log: Log{Level: slog.LevelInfo, Format: "auto"},
	}
	if diff := cmp.Diff(want, Default()); diff != "" {
		t.Error(diff)
	}
}

// leaves counts the fields that hold a value.
func leaves(t reflect.Type) int {
	if t.Kind() != reflect.Struct {
		return 1
	}
	n := 0
	for i := range t.NumField() {
		n += leaves(t.Field(i).Type)
	}
	return n
}

// Each field has a key of its own, and each key all that its users rely on.
func TestKeys(t *testing.T) {
	if fields := leaves(reflect.TypeFor[Config]()); fields != len(Keys) {
		t.Errorf("%d keys for %d fields", len(Keys), fields)
	}
	fields, variables := map[uintptr]string{}, map[string]string{}
	var sections []string
	var c Config
	for _, k := range Keys {
		address := reflect.ValueOf(k.at(&c)).Field(0).Pointer()
		if other, taken := fields[address]; taken {
			t.Errorf("%s and %s are one field", k.Name, other)
		}
		if other, taken := variables[k.Env()]; taken {
			t.Errorf("%s and %s are one variable", k.Name, other)
		}
		fields[address], variables[k.Env()] = k.Name, k.Name
		if k.Name != strings.ToLower(k.Name) || strings.Count(k.Name, ".") > 1 || !strings.HasSuffix(k.Doc, ".") || len(k.Doc) > 100 {
			t.Errorf("%s: its name or its comment is not as the others' are", k.Name)
		}
		if len(sections) == 0 || sections[len(sections)-1] != k.section() {
			sections = append(sections, k.section())
		}
		if lookup(k.Name).Name != k.Name || isSection(k.Name) {
			t.Errorf("%s is not found by its name", k.Name)
		}
	}
	slices.Sort(sections)
	if len(slices.Compact(slices.Clone(sections))) != len(sections) {
		t.Errorf("the keys of a section do not stand together: %q", sections)
	}
}

func TestNamesOfAKey(t *testing.T) {
	k := lookup("retention.max_age")
	if k.Env() != "VMMP_RETENTION_MAX_AGE" || k.Flag() != "retention-max-age" || k.section() != "retention" {
		t.Errorf("%s, --%s, section %s", k.Env(), k.Flag(), k.section())
	}
	if got := lookup("addr").section(); got != "" {
		t.Errorf("addr is in section %q", got)
	}
}

// For a service called vmmp Kubernetes sets these: none may be a key's.
func TestNoKeyIsAVariableOfKubernetes(t *testing.T) {
	for _, k := range Keys {
		for _, prefix := range []string{"VMMP_SERVICE_", "VMMP_PORT"} {
			if strings.HasPrefix(k.Env(), prefix) {
				t.Errorf("%s is set by Kubernetes for a service called vmmp", k.Env())
			}
		}
	}
}

func TestHistoryLocation(t *testing.T) {
	root := t.TempDir()
	state := filepath.Join(root, "state")
	for name, c := range map[string]struct {
		history string
		env     map[string]string
		want    string
	}{
		"a file":           {"h.db", nil, "h.db"},
		"none":             {NoHistory, map[string]string{"HOME": root}, NoHistory},
		"of the state":     {"", map[string]string{"XDG_STATE_HOME": state, "HOME": root}, filepath.Join(state, "vmmp", "history.db")},
		"at home":          {"", map[string]string{"HOME": root}, filepath.Join(root, ".local", "state", "vmmp", "history.db")},
		"a relative state": {"", map[string]string{"XDG_STATE_HOME": "state", "HOME": root}, filepath.Join(root, ".local", "state", "vmmp", "history.db")},
	} {
		got, err := Config{History: c.history}.HistoryLocation(environ(c.env))
		if err != nil || got != c.want {
			t.Errorf("%s: %q, %v, want %q", name, got, err, c.want)
		}
	}
}

func TestHistoryLocationWithoutAHome(t *testing.T) {
	got, err := Config{}.HistoryLocation(environ(nil))
	if err == nil || !strings.Contains(err.Error(), "--history") {
		t.Errorf("%q, %v: want an error that names the remedy", got, err)
	}
}
