package cmd

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// The line by which a server says that it listens tells whoever starts it what is
// in force.
func TestServeIsReady(t *testing.T) {
	history := historyFile(t)
	s := serveOn(t, history)
	if keys := slices.Sorted(maps.Keys(s.ready)); !cmp.Equal(keys, []string{"addr", "config", "history", "level", "model", "msg", "time", "took_ms"}) {
		t.Errorf("the line has %v", keys)
	}
	model := s.answers(t, http.StatusOK, http.MethodGet, "/model", "").body["id"]
	if s.ready["history"] != history || s.ready["config"] != "" || s.ready["level"] != "INFO" || s.ready["model"] != model {
		t.Errorf("ready: %v; the model is %v", s.ready, model)
	}
	if r := s.answers(t, http.StatusOK, http.MethodGet, "/ready", ""); r.body["ready"] != true {
		t.Errorf("/ready: %s", r.text)
	}
	s.predicts(t)
}

// Nobody need have a place for the history ready, and nobody else may read it.
func TestServeMakesItsHistory(t *testing.T) {
	state := filepath.Join(t.TempDir(), "not", "there", "yet")
	s := serveReady(t, []string{"XDG_STATE_HOME=" + state})
	s.answers(t, http.StatusCreated, http.MethodPost, "/migrations", oneMigration)
	path := filepath.Join(state, "vmmp", "history.db")
	if s.ready["history"] != path {
		t.Errorf("the history is %v", s.ready["history"])
	}
	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700 | os.ModeDir} {
		if info, err := os.Stat(name); err != nil || info.Mode() != want {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
}

func TestServeWithoutHistory(t *testing.T) {
	s := serveReady(t, nil, "--history", "none")
	s.predicts(t)
	s.answers(t, http.StatusNotFound, http.MethodPost, "/migrations", oneMigration)
	s.answers(t, http.StatusOK, http.MethodGet, "/ready", "")
	s.stop(t)
	if entries, err := os.ReadDir(s.process.Dir); len(entries) > 0 || err != nil {
		t.Errorf("the server left %v behind, %v", entries, err)
	}
}

// Either signal ends the server in order, with 0, and leaves no log of the database
// behind.
func TestServeStops(t *testing.T) {
	for _, signal := range []os.Signal{syscall.SIGTERM, syscall.SIGINT} {
		history := historyFile(t)
		s := serveOn(t, history)
		s.answers(t, http.StatusCreated, http.MethodPost, "/migrations", oneMigration)
		s.signal(t, signal)
		if code := s.exit(t); code != exitOK {
			t.Errorf("%v: exit %d", signal, code)
		}
		var last []string
		for _, message := range regexp.MustCompile(`"msg":"([a-z]+)"`).FindAllStringSubmatch(s.log.String(), -1) {
			last = append(last, message[1])
		}
		if !cmp.Equal(last, []string{"ready", "request", "stopping", "stopped"}) {
			t.Errorf("%v: logged %v", signal, last)
		}
		if left, err := filepath.Glob(history + "*"); len(left) != 1 || err != nil {
			t.Errorf("%v: %v is left, %v", signal, left, err)
		}
	}
}

// What is under way when the signal comes is answered: rows of a batch that come
// in afterwards, and a migration, which is then on disk.
func TestServeAnswersWhatIsUnderWay(t *testing.T) {
	history := historyFile(t)
	s := serveOn(t, history, "VMMP_TIMEOUTS_DRAIN=1h", "VMMP_TIMEOUTS_READ=1h")
	rows, answers := s.streamBatch(t)
	body := s.beginPost(t)

	s.signal(t, syscall.SIGTERM)
	s.await(t, "stopping")

	rows(fourFeatures)
	if second := answers(); !strings.Contains(second, `"status":"success"`) {
		t.Errorf("the second row was answered %q", second)
	}
	rows("")
	if rest := answers(); rest != "" {
		t.Errorf("after the last row: %q", rest)
	}
	if r, err := body(oneMigration); err != nil || r.status != http.StatusCreated {
		t.Errorf("the migration: %v, %v", r, err)
	}
	if code := s.exit(t); code != exitOK {
		t.Errorf("exit %d", code)
	}
	if got := serveOn(t, history).groups(t, "100"); !cmp.Equal(got, map[string]int{"web-1": 1}) {
		t.Errorf("recorded %v", got)
	}
}

// streamBatch begins a batch and waits for the answer to its first row. It answers
// what sends another row, an empty one to end them, and what reads an answer.
func (s *served) streamBatch(t *testing.T) (row func(string), answer func() string) {
	t.Helper()
	reader, writer := io.Pipe()
	t.Cleanup(func() { writer.Close() })
	row = func(text string) {
		if text == "" {
			writer.Close()
		} else if _, err := io.WriteString(writer, text+"\n"); err != nil {
			t.Error(err)
		}
	}
	go row(fourFeatures)
	response, err := http.Post(s.url+"/predict/batch", "application/x-ndjson", reader)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	lines := bufio.NewScanner(response.Body)
	answer = func() string {
		if !lines.Scan() && lines.Err() != nil {
			t.Error(lines.Err())
		}
		return lines.Text()
	}
	if first := answer(); response.StatusCode != http.StatusOK || !strings.Contains(first, `"status":"success"`) {
		t.Fatalf("the first row was answered %d, %q", response.StatusCode, first)
	}
	return row, answer
}

// beginPost begins to record a migration: the server has read the header and asks
// for the body. It answers what sends the body and reads the answer.
func (s *served) beginPost(t *testing.T) func(body string) (reply, error) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if _, err := io.WriteString(conn, "POST /migrations HTTP/1.1\r\nHost: vmmp\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(conn)
	if line, err := in.ReadString('\n'); err != nil || !strings.HasPrefix(line, "HTTP/1.1 100 ") {
		t.Fatalf("told %q, %v", line, err)
	}
	if _, err := in.Discard(len("\r\n")); err != nil {
		t.Fatal(err)
	}
	return func(body string) (reply, error) {
		if _, err := fmt.Fprintf(conn, "%x\r\n%s\r\n0\r\n\r\n", len(body), body); err != nil {
			return reply{}, err
		}
		response, err := http.ReadResponse(in, nil)
		if err != nil {
			return reply{}, err
		}
		return readReply(response)
	}
}

// A request that never ends is waited for no longer than configured.
func TestServeCutsOffWhatNeverEnds(t *testing.T) {
	s := serveReady(t, []string{"VMMP_TIMEOUTS_DRAIN=50ms"}, "--history", "none")
	s.streamBatch(t)
	s.signal(t, syscall.SIGTERM)
	if code := s.exit(t); code != exitFailed {
		t.Errorf("exit %d", code)
	}
	const told = "\nvmmp: requests were still under way after 50ms and were cut off\n"
	if log := s.log.String(); !strings.Contains(log, told) {
		t.Errorf("told %s", log)
	}
}

// While it lingers the server answers as before, but for /ready.
func TestServeLingers(t *testing.T) {
	s := serveReady(t, []string{"VMMP_TIMEOUTS_LINGER=1h"}, "--history", historyFile(t))
	s.answers(t, http.StatusOK, http.MethodGet, "/ready", "")
	s.signal(t, syscall.SIGTERM)
	if line := s.await(t, "stopping"); line["linger"] != "1h0m0s" {
		t.Errorf("stopping: %v", line)
	}
	r := s.answers(t, http.StatusServiceUnavailable, http.MethodGet, "/ready", "")
	if want := map[string]any{"ready": false, "reason": "the server is stopping"}; !cmp.Equal(r.body, want) {
		t.Errorf("/ready: %s", r.text)
	}
	s.answers(t, http.StatusOK, http.MethodGet, "/health", "")
	s.predicts(t)
	s.answers(t, http.StatusCreated, http.MethodPost, "/migrations", oneMigration)
	if r := s.answers(t, http.StatusOK, http.MethodGet, "/metrics", ""); !strings.Contains(r.text, "\nvmmp_ready 0\n") {
		t.Error("vmmp_ready is not 0")
	}
	s.secondSignal(t)
}

// secondSignal ends a server that is stopping already. The first signal gives the
// second its usual effect, but not before anything else that it does.
func (s *served) secondSignal(t *testing.T) {
	t.Helper()
	for {
		_ = s.process.Process.Signal(syscall.SIGTERM) // it may have ended
		select {
		case <-s.ended:
			if status := s.process.ProcessState.Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGTERM {
				t.Errorf("ended with %v", s.err)
			}
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// A server that has been told to stop is not waited for by who cannot wait.
func TestServeSecondSignal(t *testing.T) {
	s := serveReady(t, []string{"VMMP_TIMEOUTS_DRAIN=1h"}, "--history", "none")
	s.streamBatch(t)
	s.signal(t, syscall.SIGTERM)
	s.await(t, "stopping")
	s.secondSignal(t)
}

func TestServePortInUse(t *testing.T) {
	s := serveReady(t, nil, "--history", "none")
	addr := strings.TrimPrefix(s.url, "http://")
	code, told := refusal(t, vmmpProcess(t, "vmmp", nil, "serve", "--addr", addr, "--history", "none"))
	want := "listen on " + addr + ": another program listens there already: end it, or choose another address with --addr"
	if code != exitFailed || told != want {
		t.Errorf("exit %d, told %q", code, told)
	}
	s.predicts(t)
}

// A server that cannot listen has not touched the history.
func TestServeThatCannotListen(t *testing.T) {
	history := historyFile(t)
	code, told := refusal(t, vmmpProcess(t, "vmmp", nil, "serve", "--addr", "192.0.2.1:8001", "--history", history))
	if code != exitUsage || !strings.HasPrefix(told, "listen on 192.0.2.1:8001: ") || !strings.HasSuffix(told, "; choose another address with --addr") {
		t.Errorf("exit %d, told %q", code, told)
	}
	if _, err := os.Stat(history); !os.IsNotExist(err) {
		t.Errorf("%s: %v", history, err)
	}
}
