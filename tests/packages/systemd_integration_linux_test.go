//go:build integration

package packages

import (
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"vmmp/tests/document"
)

// The four features that the Python demo's client sends, and what comes of such a
// migration.
const (
	fourFeatures = `{"cpu_load": 75, "memory_usage": 68, "disk_io": 120, "network_bandwidth": 1000}`
	oneMigration = `{"cpu_load": 75, "memory_usage": 68, "downtime_ms": 180, "status": "completed", "group": "web-1"}`
)

// packageInside is the package on the machines of installed.
const packageInside = "/srv/vmmp.deb"

// installed is a machine with the package on it.
func (r release) installed(t *testing.T) *machine {
	t.Helper()
	m := boot(t)
	file, err := os.ReadFile(r.packagePath())
	if err != nil {
		t.Fatal(err)
	}
	m.write(t, packageInside, string(file))
	m.run(t, "dpkg", "--install", packageInside)
	return m
}

// get asks the server of a machine, once it listens, for a JSON object.
func (m *machine) get(t *testing.T, args ...string) map[string]any {
	t.Helper()
	args = append([]string{"--silent", "--show-error", "--fail-with-body", "--retry", "30", "--retry-delay", "1", "--retry-connrefused"}, args...)
	out := m.run(t, "curl", args...)
	var answer map[string]any
	if err := json.Unmarshal([]byte(out), &answer); err != nil {
		t.Fatalf("curl %q: %v: %s", args, err, out)
	}
	return answer
}

// journal is what the service has logged.
func (m *machine) journal(t *testing.T) string {
	t.Helper()
	return m.run(t, "journalctl", "--no-pager", "--unit=vmmp", "--output=cat")
}

// The service answers, sees the host and keeps its history behind all that the unit
// denies it.
func (r release) service(t *testing.T) {
	m := r.installed(t)
	m.run(t, "systemctl", "start", "vmmp")
	p := m.get(t, "http://localhost:8001/predict", "--json", fourFeatures)
	if downtime, ok := p["predicted_downtime"].(float64); !ok || downtime <= 0 {
		t.Errorf("predicted %v", p)
	}
	seen := m.get(t, "http://localhost:8001/simulate?count=1")["host"].(map[string]any)
	for _, figure := range []string{"cpu_load", "memory_usage", "disk_io", "memory_mib", "vcpus"} {
		if _, ok := seen[figure].(float64); !ok {
			t.Errorf("no %s of the host: %v", figure, seen)
		}
	}
	m.get(t, "http://localhost:8001/migrations", "--json", oneMigration)
	m.run(t, "systemctl", "restart", "vmmp")
	if kept := m.get(t, "http://localhost:8001/migrations")["migrations"].([]any); len(kept) != 1 {
		t.Errorf("after a restart there are %d migrations, want the one that was recorded", len(kept))
	}
	m.confined(t)
	m.run(t, "systemctl", "stop", "vmmp")
	if result := m.show(t, "vmmp", "Result"); result != "success" {
		t.Errorf("stopped with %s", result)
	}
	if said := m.journal(t); strings.Contains(said, `"ERROR"`) || strings.Contains(said, `"WARN"`) || strings.Count(said, `"msg":"stopped"`) != 2 {
		t.Errorf("the journal says:\n%s", said)
	}
}

// confined fails the test unless the kernel holds the process to what the unit says.
func (m *machine) confined(t *testing.T) {
	t.Helper()
	status := m.run(t, "cat", "/proc/"+m.show(t, "vmmp", "MainPID")+"/status")
	for _, line := range []string{`CapEff:\t0{16}`, `CapBnd:\t0{16}`, `NoNewPrivs:\t1`, `Seccomp:\t2`, `Uid:\t[1-9]\d{3,}\t`, `Umask:\t0077`} {
		if !regexp.MustCompile(`(?m)^` + line).MatchString(status) {
			t.Errorf("no %s in the status of the process:\n%s", line, status)
		}
	}
	if modes := m.run(t, "stat", "--format", "%a", "/var/lib/private/vmmp", "/var/lib/private/vmmp/history.db"); modes != "700\n600" {
		t.Errorf("the history's folder and file are of mode %q", modes)
	}
}

// A server that dies is started again, one that is configured wrong is not.
func (r release) restart(t *testing.T) {
	m := r.installed(t)
	m.write(t, "/etc/default/vmmp", "VMMP_ADDR=127.0.0.1:9000\n")
	m.run(t, "systemctl", "start", "vmmp")
	m.get(t, "http://127.0.0.1:9000/health")
	m.run(t, "systemctl", "kill", "--signal=KILL", "vmmp")
	m.eventually(t, "another process", func() bool { return m.show(t, "vmmp", "NRestarts") == "1" })
	m.get(t, "http://127.0.0.1:9000/health")
	m.write(t, "/etc/vmmp/vmmp.yaml", "no_such_key: 1\n")
	m.run(t, "systemctl", "restart", "vmmp")
	m.eventually(t, "the failure", func() bool { return m.show(t, "vmmp", "ActiveState") == "failed" })
	if code, again := m.show(t, "vmmp", "ExecMainStatus"), m.show(t, "vmmp", "NRestarts"); code != "2" || again != "0" {
		t.Errorf("exit %s, started again %s times", code, again)
	}
	if said := m.journal(t); !strings.Contains(said, "/etc/vmmp/vmmp.yaml") || !strings.Contains(said, "no_such_key") {
		t.Errorf("the journal does not say what is wrong:\n%s", said)
	}
}

// The unit is as little exposed as it says, by the command that it names, and
// well-formed.
func (r release) exposure(t *testing.T) {
	command := regexp.MustCompile(`(?m)^#   (systemd-analyze security .*)$`).FindStringSubmatch(document.Read(t, "configs/systemd/vmmp.service").Text)
	if command == nil || !strings.Contains(command[1], " --threshold=11 ") {
		t.Fatalf("the unit does not say how exposed it is: %q", command)
	}
	c := exec.Command("sh", "-c", command[1]+" --no-pager")
	c.Dir = document.Top
	if out, err := c.CombinedOutput(); err != nil || !strings.Contains(string(out), "exposure level for vmmp.service: 1.") {
		t.Errorf("%s: %v: %s", command[1], err, out)
	}
	m := r.installed(t)
	if told, err := m.command("systemd-analyze", "verify", "/usr/lib/systemd/system/vmmp.service").CombinedOutput(); err != nil || len(told) > 0 {
		t.Errorf("systemd-analyze verify: %v: %s", err, told)
	}
}
