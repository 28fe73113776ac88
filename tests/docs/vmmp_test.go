// Package docs holds the documents to what they tell of: tables are written from the
// code, what is to be typed is typed, programs are run, links lead somewhere. A test looks
// for its section or part in all documents: what moves from one to another stays held.
package docs

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"vmmp/cmd"
)

// raceOptions is the variable that the race detector reads.
const raceOptions = "GORACE"

// The tests find vmmp in their PATH: it is this test binary under another name.
func TestMain(m *testing.M) {
	// Under the race detector each of these short processes would sleep a second.
	if err := os.Setenv(raceOptions, os.Getenv(raceOptions)+" atexit_sleep_ms=0"); err != nil {
		panic(err)
	}
	testscript.Main(m, map[string]func(){"vmmp": func() { os.Exit(cmd.Execute()) }})
}

// vmmp is a process of the program in an empty folder, with nothing of this process in
// its environment but what it needs.
func vmmp(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	home := t.TempDir()
	c := exec.Command("vmmp", args...)
	c.Dir = home
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, raceOptions + "=" + os.Getenv(raceOptions)}
	return c
}

// prints runs a command that has to succeed and to print something, and answers it.
func prints(t *testing.T, c *exec.Cmd) string {
	t.Helper()
	var errs strings.Builder
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil || len(out) == 0 {
		t.Errorf("%s: %v\n%s%s", strings.Join(c.Args, " "), err, out, errs.String())
	}
	return string(out)
}

// served is a process of `vmmp serve`.
type served struct {
	process *exec.Cmd
	url     string         // http://HOST:PORT
	ready   map[string]any // the line of the log that said so
	told    bytes.Buffer   // its log, to be read once it has ended
	drained chan struct{}  // closed once all of that is there
}

// serve starts a server with these arguments, on a port and with a home of its own, and
// waits until it is ready. The test ends it.
func serve(t *testing.T, args ...string) *served {
	t.Helper()
	return start(t, vmmp(t, append([]string{"serve"}, args...)...))
}

// start starts the server that c is, on a port of its own whatever else it is told.
func start(t *testing.T, c *exec.Cmd) *served {
	t.Helper()
	c.Args = append(c.Args, "--addr", "127.0.0.1:0")
	s := &served{process: c, drained: make(chan struct{})}
	stderr, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.stop(t) })
	log := bufio.NewReader(io.TeeReader(stderr, &s.told))
	for s.ready["msg"] != "ready" {
		line, err := log.ReadBytes('\n')
		if err != nil || json.Unmarshal(line, &s.ready) != nil {
			close(s.drained)
			t.Fatalf("%s: not ready, told %s", strings.Join(c.Args, " "), s.told.String())
		}
	}
	s.url = "http://" + s.ready["addr"].(string)
	go func() {
		defer close(s.drained)
		_, _ = io.Copy(io.Discard, log) // ends with the process
	}()
	return s
}

// stop ends the server in order. It may have been stopped before.
func (s *served) stop(t *testing.T) {
	t.Helper()
	if s.process.ProcessState != nil {
		return
	}
	_ = s.process.Process.Signal(os.Interrupt) // it may have ended
	<-s.drained
	if err := s.process.Wait(); err != nil || !strings.Contains(s.told.String(), `"msg":"stopped"`) {
		t.Errorf("%s: %v, told %s", strings.Join(s.process.Args, " "), err, s.told.String())
	}
}

// documented is where the guides say that the service is.
const documented = "localhost:8001"

// addressed is a snippet that asks this server.
func (s *served) addressed(t *testing.T, snippet string) string {
	t.Helper()
	if !strings.Contains(snippet, documented) {
		t.Fatalf("the snippet does not ask %s:\n%s", documented, snippet)
	}
	return strings.ReplaceAll(snippet, documented, strings.TrimPrefix(s.url, "http://"))
}

// ask sends a request and answers the JSON object that it is answered with. The status
// has to be the one given.
func (s *served) ask(t *testing.T, status int, method, path, body string) map[string]any {
	t.Helper()
	request, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer map[string]any
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil || response.StatusCode != status {
		t.Fatalf("%s %s: %s, want %d: %v, %v", method, path, response.Status, status, answer, err)
	}
	return answer
}

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

// build makes a static vmmp, as it is released, in a folder.
func build(t *testing.T, folder string) {
	t.Helper()
	c := exec.Command("go", "build", "-buildvcs=false", "-o", filepath.Join(folder, "vmmp"), "vmmp")
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// only is the one element of a list.
func only(t *testing.T, list []string) string {
	t.Helper()
	if len(list) != 1 {
		t.Fatalf("the guides have %d such snippets, want 1", len(list))
	}
	return list[0]
}
