package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"vmmp/tests/document"
)

// threeFields is what the programs of the guides print: downtime, confidence and
// status.
var threeFields = regexp.MustCompile(`^[0-9]+(\.[0-9]+)? 0\.[0-9]+ success\n$`)

// clients is the section of the guides with programs that ask a server.
const clients = "Clients"

func TestGoProgram(t *testing.T) {
	s := serve(t, "--history", "none")
	program := s.addressed(t, only(t, document.Snippets(t, clients, "go")))
	if out := runGo(t, program); !threeFields.MatchString(out) {
		t.Errorf("it printed %q", out)
	}
}

// runGo runs a program as one of this module's and returns what it printed.
func runGo(t *testing.T, program string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(path, []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	if unformatted := runIn(t, ".", "gofmt", "-l", path); unformatted != "" {
		t.Errorf("gofmt would write it in another way:\n%s", program)
	}
	return runIn(t, ".", "go", "run", path)
}

func TestLibraryProgram(t *testing.T) {
	program := only(t, document.Snippets(t, "Quick start", "go"))
	answer := regexp.MustCompile(`^[0-9]+ ms, [0-9]+ to [0-9]+ ms; under 300 ms with probability 0\.[0-9]{2}\n$`)
	if out := runGo(t, program); !answer.MatchString(out) {
		t.Errorf("it printed %q", out)
	}
}

// briefly are times of the guides that would make a test long.
var briefly = regexp.MustCompile(`--(timeout|duration) \S+`)

// TestLoads runs the loads of the guides, for a second each.
func TestLoads(t *testing.T) {
	s := serve(t, "--history", "none")
	var commands []string
	for _, snippet := range document.Snippets(t, "Load testing", "sh") {
		commands = append(commands, strings.Split(strings.TrimSpace(snippet), "\n")...)
	}
	if len(commands) < 3 {
		t.Fatalf("found %d loads in the guides", len(commands))
	}
	for _, command := range commands {
		line := briefly.ReplaceAllString(command, "--$1 1s")
		line = strings.Replace(line, "--ramp 30s", "--ramp 0.5s", 1)
		line = strings.Replace(line, "--max-p99 50ms", "--max-p99 10s", 1) // the machine may be busy with other tests
		if strings.Contains(line, "--url") {
			line = s.addressed(t, line)
		}
		c := vmmp(t, strings.Fields(line)[1:]...)
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", line, err, out)
		}
	}
}
