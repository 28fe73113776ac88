package cmd

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// served is a process of `vmmp serve`.
type served struct {
	process *exec.Cmd
	log     *journal
	out     bytes.Buffer
	url     string         // http://HOST:PORT
	ready   map[string]any // the line of the log that said so
	ended   chan struct{}  // closed once the process has
	err     error          // that it ended with
}

// vmmpProcess is the program under the name of program, as a process of its own: nothing
// of this process is in its environment but what it needs, and it works in an
// empty folder.
func vmmpProcess(t *testing.T, program string, variables []string, args ...string) *exec.Cmd {
	t.Helper()
	home := t.TempDir()
	c := exec.Command(program, args...)
	c.Dir = home
	c.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, raceOptions + "=" + os.Getenv(raceOptions)}, variables...)
	return c
}

// startServed starts a server, without waiting until it is ready. The test ends it.
func startServed(t *testing.T, c *exec.Cmd) *served {
	t.Helper()
	s := &served{process: c, log: newJournal(), ended: make(chan struct{})}
	c.Stdout, c.Stderr = &s.out, s.log
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		s.err = c.Wait()
		s.log.close()
		close(s.ended)
	}()
	t.Cleanup(func() {
		s.kill()
		if told := s.log.String(); strings.Contains(told, "DATA RACE") || strings.Contains(told, "goroutine ") || s.out.Len() > 0 {
			t.Errorf("the server wrote to standard output %q, to standard error:\n%s", s.out.String(), told)
		}
	})
	return s
}

// serveReady starts a server on a port of its own and waits until it is ready.
func serveReady(t *testing.T, variables []string, args ...string) *served {
	t.Helper()
	s := startServed(t, vmmpProcess(t, "vmmp", variables, append([]string{"serve", "--addr", "127.0.0.1:0"}, args...)...))
	s.awaitReady(t)
	return s
}

// serveOn is serveReady with the history in a file.
func serveOn(t *testing.T, history string, variables ...string) *served {
	t.Helper()
	return serveReady(t, variables, "--history", history)
}

// awaitReady waits until the server listens, which its log says.
func (s *served) awaitReady(t *testing.T) {
	t.Helper()
	s.ready = s.await(t, "ready")
	s.url = "http://" + s.ready["addr"].(string)
}

// await waits for a message in the log and answers its line. A server that ends
// before it fails the test.
func (s *served) await(t *testing.T, message string) map[string]any {
	t.Helper()
	for {
		line, more := s.log.next()
		if !more {
			t.Fatalf("the server ended (%v) before it logged %q:\n%s", s.err, message, s.log)
		}
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("a line of the log is no JSON: %q", line)
		}
		if entry["msg"] == message {
			return entry
		}
	}
}

func (s *served) signal(t *testing.T, signal os.Signal) {
	t.Helper()
	if err := s.process.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
}

// exit waits for the end of the process and answers its exit code.
func (s *served) exit(t *testing.T) int {
	t.Helper()
	<-s.ended
	return exitStatus(t, s.err)
}

// stop ends the server in order.
func (s *served) stop(t *testing.T) {
	t.Helper()
	s.signal(t, syscall.SIGTERM)
	if code := s.exit(t); code != exitOK {
		t.Fatalf("exit %d:\n%s", code, s.log)
	}
}

// kill ends the server at once, if it has not ended.
func (s *served) kill() {
	_ = s.process.Process.Kill() // it may have ended
	<-s.ended
}

// reply is the answer to a request.
type reply struct {
	status int
	header http.Header
	text   string
	body   map[string]any // the text, where it is a JSON object
}

// askHTTP sends a request; header are names and values in turn.
func askHTTP(method, url, body string, header ...string) (reply, error) {
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return reply{}, err
	}
	return readReply(response)
}

// readReply reads an answer to its end.
func readReply(response *http.Response) (reply, error) {
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	r := reply{status: response.StatusCode, header: response.Header, text: string(text)}
	if err == nil && strings.Contains(response.Header.Get("Content-Type"), "json") {
		if err := json.Unmarshal(text, &r.body); err != nil {
			return r, errors.New("the answer is no JSON object: " + r.text)
		}
	}
	return r, err
}

// answers fails the test unless a request is answered with the status.
func (s *served) answers(t *testing.T, status int, method, path, body string, header ...string) reply {
	t.Helper()
	r, err := askHTTP(method, s.url+path, body, header...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", method, path, err, s.log)
	}
	if r.status != status {
		t.Fatalf("%s %s: %d, want %d: %s", method, path, r.status, status, r.text)
	}
	return r
}

// The four features that the Python demo's client sends, and what comes of such a
// migration.
const (
	fourFeatures = `{"cpu_load": 75, "memory_usage": 68, "disk_io": 120, "network_bandwidth": 1000}`
	oneMigration = `{"cpu_load": 75, "memory_usage": 68, "downtime_ms": 180, "status": "completed", "group": "web-1"}`
)

// predicts fails the test unless the server answers a prediction.
func (s *served) predicts(t *testing.T) map[string]any {
	t.Helper()
	p := s.answers(t, http.StatusOK, http.MethodPost, "/predict", fourFeatures).body
	downtime, number := p["predicted_downtime"].(float64)
	confidence, share := p["confidence"].(float64)
	if !number || downtime <= 0 || !share || confidence <= 0 || confidence >= 1 || p["status"] != "success" {
		t.Fatalf("predicted %v", p)
	}
	return p
}

// groups counts the recorded migrations of each group, reading page after page.
func (s *served) groups(t *testing.T, limit string) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for cursor := ""; ; {
		page := s.answers(t, http.StatusOK, http.MethodGet, "/migrations?limit="+limit+"&cursor="+cursor, "").body
		for _, m := range page["migrations"].([]any) {
			counts[m.(map[string]any)["group"].(string)]++
		}
		if cursor = page["next_cursor"].(string); cursor == "" {
			return counts
		}
	}
}

// refusal runs a server that is not to start and answers its exit code and the one
// line that it told.
func refusal(t *testing.T, c *exec.Cmd) (int, string) {
	t.Helper()
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	code := exitStatus(t, c.Run())
	line, rest, whole := strings.Cut(errs.String(), "\n")
	told, prefixed := strings.CutPrefix(line, "vmmp: ")
	if !whole || !prefixed || rest != "" || out.Len() > 0 {
		t.Errorf("told %q on standard error and %q on standard output: want one line that begins with vmmp:", errs.String(), out.String())
	}
	return code, told
}

// historyFile is the path of a history that does not exist yet.
func historyFile(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "history.db")
}
