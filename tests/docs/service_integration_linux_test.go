//go:build integration

package docs

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vmmp/pkg/history/historytest"
	"vmmp/tests/document"
)

// service is the section of the guides that shows how a server is asked.
const service = "As a service"

func TestPythonProgram(t *testing.T) {
	s := serve(t, "--history", "none")
	program := s.addressed(t, only(t, document.Snippets(t, clients, "python")))
	// Debian's own, which finds Debian's python3-requests.
	if out := runIn(t, t.TempDir(), "/usr/bin/python3", "-c", program); !threeFields.MatchString(out) {
		t.Errorf("it printed %q", out)
	}
}

// shell runs the one of the shell's snippets in a section that begins so, and answers the
// JSON objects that it printed.
func (s *served) shell(t *testing.T, section, begin string) []map[string]any {
	t.Helper()
	var found []string
	for _, snippet := range document.Snippets(t, section, "sh") {
		if strings.HasPrefix(snippet, begin) {
			found = append(found, snippet)
		}
	}
	return objects(t, runIn(t, t.TempDir(), "sh", "-eu", "-c", s.addressed(t, only(t, found))))
}

// objects reads JSON objects, one after another.
func objects(t *testing.T, text string) (all []map[string]any) {
	t.Helper()
	for in := json.NewDecoder(strings.NewReader(text)); in.More(); {
		var one map[string]any
		if err := in.Decode(&one); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		all = append(all, one)
	}
	return all
}

// isPrediction checks the three fields that the programs read.
func isPrediction(t *testing.T, p map[string]any) {
	t.Helper()
	downtime, _ := p["predicted_downtime"].(float64)
	confidence, _ := p["confidence"].(float64)
	if downtime <= 0 || confidence <= 0 || confidence >= 1 || p["status"] != "success" {
		t.Errorf("predicted %v", p)
	}
}

func TestCurl(t *testing.T) {
	s := serve(t)
	one, batch := s.shell(t, service, "curl "), s.shell(t, clients, "printf ")
	if len(one) != 1 || len(batch) != 2 {
		t.Errorf("one has %d answers, a batch of 2 has %d", len(one), len(batch))
	}
	for _, p := range append(one, batch...) {
		isPrediction(t, p)
	}
	for range 2 { // the outcome finds its prediction and is counted, once
		told := s.shell(t, service, "id=")
		if len(told) != 2 || told[0]["recorded"] != 1.0 || told[1]["assessed"] != 1.0 {
			t.Fatalf("told %v", told)
		}
		for _, w := range told[1]["windows"].([]any) {
			if w := w.(map[string]any); w["outcomes"] != 1.0 || w["matched"] != 1.0 || w["asked_before"] != 1.0 {
				t.Errorf("the accuracy is of %v", w)
			}
		}
	}
}

// oneMigration is an outcome of the VM that group names.
func oneMigration(group string) string {
	const outcome = `{"cpu_load": 75, "memory_usage": 68, "downtime_ms": 180, "status": "completed", "group": %q}`
	return fmt.Sprintf(outcome, group)
}

// groups counts the recorded migrations of each group.
func (s *served) groups(t *testing.T) map[string]int {
	t.Helper()
	counts := map[string]int{}
	page := s.ask(t, http.StatusOK, http.MethodGet, "/migrations?limit=1000", "")
	for _, m := range page["migrations"].([]any) {
		counts[m.(map[string]any)["group"].(string)]++
	}
	return counts
}

// backup runs the two commands of a snippet that copies a history: the first while
// a server records, the second while none is there.
func backup(t *testing.T, home, program, documented, location string, begin func() *served) {
	t.Helper()
	var commands []string
	for _, snippet := range document.Snippets(t, "Backup and restore", "sh") {
		if strings.HasPrefix(snippet, program+" ") {
			commands = strings.Split(strings.TrimSpace(strings.ReplaceAll(snippet, documented, location)), "\n")
		}
	}
	if len(commands) != 2 {
		t.Fatalf("the guides copy a history with %d commands of %s, want 2", len(commands), program)
	}
	s := begin()
	want := map[string]int{}
	for n := range 300 {
		group := fmt.Sprint("before-", n)
		s.ask(t, http.StatusCreated, http.MethodPost, "/migrations", oneMigration(group))
		want[group] = 1
	}
	runIn(t, home, "env", "HOME="+home, "sh", "-eu", "-c", commands[0])
	s.ask(t, http.StatusCreated, http.MethodPost, "/migrations", oneMigration("web-1"))
	with := maps.Clone(want)
	with["web-1"] = 1
	if diff := cmp.Diff(with, s.groups(t)); diff != "" {
		t.Errorf("after the copy:\n%s", diff)
	}
	s.stop(t)
	runIn(t, home, "env", "HOME="+home, "sh", "-eu", "-c", commands[1])
	s = begin()
	if diff := cmp.Diff(want, s.groups(t)); diff != "" {
		t.Errorf("restored:\n%s", diff)
	}
	s.ask(t, http.StatusCreated, http.MethodPost, "/migrations", oneMigration("web-1"))
	s.stop(t)
}

func TestBackupOfAFile(t *testing.T) {
	home := t.TempDir()
	file := filepath.Join(home, ".local", "state", "vmmp", "history.db")
	backup(t, home, "sqlite3", "~/.local/state/vmmp/history.db", "~/.local/state/vmmp/history.db", func() *served {
		c := vmmp(t, "serve")
		c.Env = append(c.Env, "HOME="+home)
		s := start(t, c)
		if s.ready["history"] != file {
			t.Errorf("the history is %v, not where the guides say", s.ready["history"])
		}
		return s
	})
}

func TestBackupOfADatabase(t *testing.T) {
	url := historytest.StartPostgres(t)
	serving := func() *served { return serve(t, "--history", url) }
	backup(t, t.TempDir(), "pg_dump", "postgres://vmmp@db.example/vmmp", "'"+url+"'", serving)
}
