//go:build integration

package stack

import (
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vmmp/tests/loopback"
)

// project is a stack that is up: that of a compose file, under a name of its own.
type project struct {
	*engine
	name      string
	files     []string
	variables []string // of the environment
	ports     map[string]string
	before    []string // volumes of others
}

// newTag is a name that nothing else has.
func newTag() string { return "test-" + strings.ToLower(rand.Text()[:10]) }

// newProject prepares a stack of the image with that tag, on ports that are free, and
// takes it down when the test ends. changes is a compose file over the given one.
func newProject(t *testing.T, e *engine, tag, file, changes string) *project {
	t.Helper()
	over := filepath.Join(t.TempDir(), "changes.yml")
	if err := os.WriteFile(over, []byte(changes), 0o600); err != nil {
		t.Fatal(err)
	}
	p := &project{engine: e, name: "vmmp-" + tag, files: []string{file, over}, ports: map[string]string{}}
	p.before = lines(e.docker(t, "volume", "ls", "--quiet"))
	for _, name := range []string{"API_PORT", "PROMETHEUS_PORT", "GRAFANA_PORT", "NODE_EXPORTER_PORT"} {
		p.ports[name] = loopback.Port(t)
		p.variables = append(p.variables, name+"="+p.ports[name])
	}
	p.variables = append(p.variables, "VMMP_VERSION="+tag, "POSTGRES_PASSWORD="+rand.Text()+"/?@:", "GOPROXY="+e.goProxy(t))
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(tail(p.run(t, "logs", "--no-color", "--tail=5")))
		}
		p.run(t, "down", "--volumes", "--remove-orphans")
	})
	return p
}

// run runs a command of compose to its end and answers what it printed.
func (p *project) run(t testing.TB, args ...string) string {
	t.Helper()
	words := append(slices.Clone(p.compose), "--project-name", p.name)
	for _, file := range p.files {
		words = append(words, "--file", file)
	}
	c := exec.Command(words[0], append(words[1:], args...)...)
	c.Env = slices.Concat(p.environment, p.variables)
	return printed(t, c)
}

// set gives a variable another value, for the commands to come.
func (p *project) set(name, value string) { p.variables = append(p.variables, name+"="+value) }

// containers are the ids of a service's containers that run.
func (p *project) containers(t *testing.T, service string) []string {
	t.Helper()
	return lines(p.docker(t, "ps", "--quiet", "--filter", "label=com.docker.compose.project="+p.name, "--filter", "label=com.docker.compose.service="+service))
}

// left lists what there is of the project. Volumes that nobody named do not say whose
// they are.
func (p *project) left(t *testing.T) []string {
	t.Helper()
	mine := "label=com.docker.compose.project=" + p.name
	var left []string
	for kind, list := range map[string][]string{
		"container": {"ps", "--all"}, "network": {"network", "ls"},
	} {
		for _, id := range lines(p.docker(t, append(list, "--quiet", "--filter", mine)...)) {
			left = append(left, fmt.Sprint(kind, " ", id))
		}
	}
	for _, volume := range lines(p.docker(t, "volume", "ls", "--quiet")) {
		if !slices.Contains(p.before, volume) {
			left = append(left, "volume "+volume)
		}
	}
	return left
}
