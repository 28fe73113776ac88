package cmd

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// snippets are the fenced blocks of a language in a section of README.md, in their
// order.
func snippets(t *testing.T, section, language string) []string {
	t.Helper()
	_, text, found := strings.Cut(readReadme(t), "\n## "+section+"\n")
	if !found {
		t.Fatalf("README.md has no section %q", section)
	}
	text, _, _ = strings.Cut(text, "\n## ")
	var blocks []string
	for _, block := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```$").FindAllStringSubmatch(text, -1) {
		blocks = append(blocks, block[1])
	}
	return blocks
}

// documented is where README.md says that the service is.
const documented = "localhost:8001"

// addressed is a snippet that asks this server.
func (s *served) addressed(t *testing.T, snippet string) string {
	t.Helper()
	if !strings.Contains(snippet, documented) {
		t.Fatalf("the snippet does not ask %s:\n%s", documented, snippet)
	}
	return strings.ReplaceAll(snippet, documented, strings.TrimPrefix(s.url, "http://"))
}

// only is the one element of a list.
func only(t *testing.T, list []string) string {
	t.Helper()
	if len(list) != 1 {
		t.Fatalf("README.md has %d such snippets, want 1", len(list))
	}
	return list[0]
}

// threeFields is what the programs of README.md print: downtime, confidence and
// status.
var threeFields = regexp.MustCompile(`^[0-9]+(\.[0-9]+)? 0\.[0-9]+ success\n$`)

// runIn runs a program to its end in a folder and answers what it printed.
func runIn(t *testing.T, folder, name string, args ...string) string {
	t.Helper()
	c := exec.Command(name, args...)
	c.Dir = folder
	var errs strings.Builder
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", name, err, out, errs.String())
	}
	return string(out)
}

func TestReadmeGoProgram(t *testing.T) {
	s := serveReady(t, nil, "--history", "none")
	program := s.addressed(t, only(t, snippets(t, "As a service", "go")))
	folder := t.TempDir()
	for name, text := range map[string]string{"main.go": program, "go.mod": "module client\n"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if unformatted := runIn(t, folder, "gofmt", "-l", "."); unformatted != "" {
		t.Errorf("gofmt would write it in another way:\n%s", program)
	}
	if out := runIn(t, folder, "go", "run", "."); !threeFields.MatchString(out) {
		t.Errorf("it printed %q", out)
	}
}

// The library's program is one of this module's.
func TestReadmeLibraryProgram(t *testing.T) {
	program := only(t, snippets(t, "Quick start", "go"))
	path := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(path, []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	if unformatted := runIn(t, ".", "gofmt", "-l", path); unformatted != "" {
		t.Errorf("gofmt would write it in another way:\n%s", program)
	}
	if out := runIn(t, ".", "go", "run", path); !regexp.MustCompile(`^[0-9]+ ms, [0-9]+ to [0-9]+ ms; under 300 ms with probability 0\.[0-9]{2}\n$`).MatchString(out) {
		t.Errorf("it printed %q", out)
	}
}

// briefly are times of README.md's that would make a test long.
var briefly = regexp.MustCompile(`--(timeout|duration) \S+`)

// TestReadmeLoads runs the loads of README.md, for a second each.
func TestReadmeLoads(t *testing.T) {
	s := serveReady(t, nil, "--history", "none")
	var commands []string
	for _, snippet := range snippets(t, "Loading", "sh") {
		commands = append(commands, strings.Split(strings.TrimSpace(snippet), "\n")...)
	}
	if len(commands) < 3 {
		t.Fatalf("found %d loads in README.md", len(commands))
	}
	for _, command := range commands {
		line := briefly.ReplaceAllString(command, "--$1 1s")
		line = strings.Replace(line, "--ramp 30s", "--ramp 0.5s", 1)
		line = strings.Replace(line, "--max-p99 50ms", "--max-p99 10s", 1) // the machine may be busy with other tests
		if strings.Contains(line, "--url") {
			line = s.addressed(t, line)
		}
		c := vmmpProcess(t, "vmmp", nil, strings.Fields(line)[1:]...)
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", line, err, out)
		}
	}
}
