//go:build integration

package docs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vmmp/tests/document"
)

// twoMigrations stands in for a virsh that tells of two migrations that leave, and of a backup between them.
const twoMigrations = `#!/bin/sh
event() { printf "2026-03-08 10:0$1:00.000+0000: event 'job-completed' for domain '$2':\n\toperation: $3\n"; }
job() { printf "\ttime_elapsed: 8123\n\tdowntime: $1\n\tmemory_total: 8589934592\n"; }
event 1 web-1 5; job 87; sleep 2
event 2 web-1 9; sleep 2
event 3 db 5; job 77
`

// The script that listens to libvirt records every migration that leaves, also one that is told of just before virsh
// ends.
func TestRecordedEvents(t *testing.T) {
	s := serve(t, "--history", filepath.Join(t.TempDir(), "history.db"))
	script := s.addressed(t, strings.ReplaceAll(only(t, document.Snippets(t, "As a systemd unit", "bash")),
		"https://vmmp.example", "http://localhost:8001"))
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "virsh"), []byte(twoMigrations), 0o755); err != nil {
		t.Fatal(err)
	}
	c := runBash(t, folder, script)
	for _, want := range []string{"web-1: completed, downtime 87 ms", "db: completed, downtime 77 ms"} {
		if !strings.Contains(c, want) {
			t.Errorf("%q was not recorded:\n%s", want, c)
		}
	}
	if strings.Count(c, "recorded in") != 2 {
		t.Errorf("not two were recorded:\n%s", c)
	}
}

// runBash runs a script that finds programs of a folder first, and returns what it printed. How it ends is virsh's.
func runBash(t *testing.T, folder, script string) string {
	t.Helper()
	c := vmmp(t)
	c.Path, c.Args = "/bin/bash", []string{"bash", "-c", script}
	c.Env = append(c.Env, "PATH="+folder+":"+os.Getenv("PATH"))
	out, _ := c.CombinedOutput()
	return string(out)
}

// The hook is a script that a shell can read, and does nothing of other events than the end of a domain.
func TestLibvirtHook(t *testing.T) {
	script := only(t, document.Snippets(t, "From a libvirt hook", "sh"))
	folder := t.TempDir()
	called := filepath.Join(folder, "called")
	if err := os.WriteFile(filepath.Join(folder, "systemd-run"), []byte("#!/bin/sh\necho \"$@\" > "+called+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	hook := filepath.Join(folder, "qemu")
	if err := os.WriteFile(hook, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	if out := runBash(t, folder, hook+" web-1 started begin -"); out != "" {
		t.Errorf("it printed %q", out)
	}
	if _, err := os.Stat(called); err == nil {
		t.Error("the start of a domain was recorded")
	}
	if out := runBash(t, folder, hook+" web-1 release end migrated"); out != "" {
		t.Errorf("it printed %q", out)
	}
	text, err := os.ReadFile(called)
	if err != nil || !strings.HasSuffix(string(text), "record web-1\n") || !strings.Contains(string(text), "virsh domjobinfo --completed") {
		t.Errorf("called %q, %v", text, err)
	}
}
