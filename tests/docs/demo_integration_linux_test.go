//go:build integration

package docs

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"vmmp/tests/document"
	"vmmp/tests/loopback"
)

// terminals is a tmux server of a test's own.
type terminals struct {
	socket string
	folder string
	env    []string
}

func newTerminals(t *testing.T) *terminals {
	t.Helper()
	home, programs := t.TempDir(), t.TempDir()
	build(t, programs)
	s := &terminals{socket: filepath.Join(home, "tmux"), folder: home, env: []string{
		"PATH=" + programs + ":" + os.Getenv("PATH"), "HOME=" + home, "LANG=C.UTF-8", "TERM=screen",
	}}
	t.Cleanup(func() { _ = s.command("kill-server").Run() }) // it may have ended with its last terminal
	return s
}

func (s *terminals) command(args ...string) *exec.Cmd {
	c := exec.Command("tmux", append([]string{"-f", "/dev/null", "-S", s.socket}, args...)...)
	c.Env, c.Dir = s.env, s.folder
	return c
}

func (s *terminals) tmux(t *testing.T, args ...string) string {
	t.Helper()
	out, err := s.command(args...).CombinedOutput()
	if err != nil {
		t.Fatalf("tmux %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// run types a command into a terminal of its own, which stays when the command ends.
func (s *terminals) run(t *testing.T, name, command string) {
	t.Helper()
	s.tmux(t, "new-session", "-d", "-s", name, "-x", "120", "-y", "50", "sh", "-c", "trap : INT; "+command+"; echo exit $?; sleep 1000")
}

// screen is what a terminal shows.
func (s *terminals) screen(t *testing.T, name string) string {
	t.Helper()
	return s.tmux(t, "capture-pane", "-p", "-t", name)
}

// await waits until a terminal shows something.
func (s *terminals) await(t *testing.T, name, pattern string) string {
	t.Helper()
	for range 600 {
		if shown := s.screen(t, name); regexp.MustCompile(pattern).MatchString(shown) {
			return shown
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("terminal %s does not show %s:\n%s", name, pattern, s.screen(t, name))
	return ""
}

// simulatedRow is a line of `vmmp simulate --continuous`: number, memory, prediction.
var simulatedRow = regexp.MustCompile(`(?m)^ +([0-9]+)  [0-9:]{8} +[0-9]+ % +([0-9]+) % +([0-9.]+) ms `)

// shownRows are the memory and the predictions that a terminal shows.
func shownRows(t *testing.T, shown string) (memory, predicted []float64) {
	t.Helper()
	for _, cells := range simulatedRow.FindAllStringSubmatch(shown, -1) {
		m, _ := strconv.ParseFloat(cells[2], 64)
		p, _ := strconv.ParseFloat(cells[3], 64)
		memory, predicted = append(memory, m), append(predicted, p)
	}
	return memory, predicted
}

// TestDemonstration types the commands of the guides' demonstration into terminals, and
// looks at what they show: the predictions follow the load.
func TestDemonstration(t *testing.T) {
	commands := strings.Split(strings.TrimSpace(only(t, document.Snippets(t, demonstration, "sh"))), "\n")
	if len(commands) != 5 {
		t.Fatalf("%d commands, want 5", len(commands))
	}
	s := newTerminals(t)
	address := "127.0.0.1:" + loopback.Port(t)
	s.run(t, "serve", commands[0]+" --addr "+address)
	s.await(t, "serve", `msg=ready`)

	s.run(t, "predict", commands[1])
	shown := s.await(t, "predict", `(?m)^exit 0$`)
	for _, want := range []string{"Predicted downtime  ", "\nWhy\n", "│█", "\n  = "} {
		if !strings.Contains(shown, want) {
			t.Errorf("vmmp predict shows no %q:\n%s", want, shown)
		}
	}

	s.run(t, "simulate", strings.ReplaceAll(commands[2], documented, address))
	quiet := s.await(t, "simulate", `(?m)^ +4  [0-9:]{8} `)
	if !regexp.MustCompile(`(?m)^off by  [▁▂▃▄▅▆▇█ ]+ [0-9-]+ .*$`).MatchString(quiet) {
		t.Errorf("vmmp simulate does not show how right it was so far:\n%s", quiet)
	}

	s.run(t, "stress", strings.Replace(commands[3], "--timeout 30s", "--timeout 15s", 1))
	s.await(t, "stress", `(?m)downtime .*[0-9] ms`)
	memoryBefore, before := shownRows(t, quiet)
	const least = 4 // percent: 2 GiB of this machine's memory
	var loaded string
	var rise float64
	var after []float64
	for row := 13; row <= 20 && rise < least; row++ { // a busy machine takes longer to fill the memory
		loaded = s.await(t, "simulate", fmt.Sprintf(`(?m)^ +%d  [0-9:]{8} `, row))
		var memory []float64
		memory, after = shownRows(t, loaded)
		rise = slices.Max(memory) - slices.Min(memoryBefore)
	}
	if rise < least {
		t.Errorf("the memory in use rose by %g points:\n%s", rise, loaded)
	}
	if slices.Max(after[4:]) <= slices.Min(before) {
		t.Errorf("predicted before %v ms, under load %v ms", before, after[4:])
	}
	s.showsSummaryOfStress(t)

	s.tmux(t, "send-keys", "-t", "simulate", "C-c")
	if shown := s.await(t, "simulate", `(?m)^exit [0-9]+$`); !strings.Contains(shown, "\nIn sum\n") || !strings.Contains(shown, "exit 130") {
		t.Errorf("after Ctrl-C:\n%s", shown)
	}
	told := objects(t, runIn(t, s.folder, "sh", "-c", strings.ReplaceAll(commands[4], documented, address)))
	if n, _ := told[0]["assessed"].(float64); n < 13 {
		t.Errorf("the server has heard of %v migrations, at least 13 were made", told[0]["assessed"])
	}
}

// showsSummaryOfStress looks at the end of the load: what was held, quiet beside loaded.
func (s *terminals) showsSummaryOfStress(t *testing.T) {
	t.Helper()
	shown := s.await(t, "stress", `(?m)^exit [0-9]+$`)
	downtimes := regexp.MustCompile(`(?m)^Predicted downtime +([0-9.]+) ms +([0-9.]+) ms$`).FindStringSubmatch(shown)
	if downtimes == nil || downtimes[1] == downtimes[2] || !strings.Contains(shown, "exit 0") {
		t.Errorf("vmmp stress ends with\n%s", shown)
	}
}
