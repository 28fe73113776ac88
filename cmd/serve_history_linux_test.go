package cmd

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// smallDiskBytes is what a server on a small disk may write to one file.
const smallDiskBytes = 256 << 10

func init() {
	commands["cramped"] = func() {
		limit := syscall.Rlimit{Cur: smallDiskBytes, Max: smallDiskBytes}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(99)
		}
		os.Exit(Execute())
	}
}

// recorded is a history of so many migrations, which no server has open.
func recorded(t *testing.T, migrations int) string {
	t.Helper()
	path := historyFile(t)
	s := serveOn(t, path)
	all := strings.TrimSuffix(strings.Repeat(oneMigration+",", migrations), ",")
	s.answers(t, http.StatusCreated, http.MethodPost, "/migrations", "["+all+"]")
	s.stop(t)
	return path
}

// pageBytes is the size of a page of SQLite. On the first is the schema, on the
// second its version, on the fourth the migrations begin.
const pageBytes = 4096

// damage writes rubbish over some bytes of a file.
func damage(t *testing.T, path string, at, bytes int64) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rubbish := make([]byte, bytes)
	for i := range rubbish {
		rubbish[i] = byte(i*7 + 3)
	}
	if _, err := file.WriteAt(rubbish, at); err != nil {
		t.Fatal(err)
	}
}

// damaged checks that a server says that its history is damaged to whoever wants to
// read it, and predicts as ever.
func (s *served) damaged(t *testing.T) {
	t.Helper()
	for _, path := range []string{"/migrations?limit=1000", "/accuracy"} {
		r := s.answers(t, http.StatusServiceUnavailable, http.MethodGet, path, "")
		if told, _ := r.body["detail"].(string); told != "history is damaged; the server's log says more" {
			t.Errorf("%s: %s", path, r.text)
		}
		line := s.await(t, "history failed")
		if told, _ := line["error"].(string); !strings.Contains(told, ": history is damaged: ") || !strings.Contains(told, "restore it from a backup") {
			t.Errorf("%s is logged as %v", path, line)
		}
	}
	s.predicts(t)
	s.answers(t, http.StatusOK, http.MethodGet, "/health", "")
	s.answers(t, http.StatusOK, http.MethodGet, "/metrics", "")
	s.stop(t)
}

// Damage that is found out only where the damaged part is read costs the history,
// but no prediction.
func TestServeOnADamagedHistory(t *testing.T) {
	history := recorded(t, 2000)
	info, err := os.Stat(history)
	if err != nil {
		t.Fatal(err)
	}
	middle := info.Size() / 4 / pageBytes * pageBytes
	whole, err := os.ReadFile(history)
	if err != nil {
		t.Fatal(err)
	}

	s := serveOn(t, history) // which has not read it yet
	damage(t, history, middle, info.Size()/2)
	s.damaged(t)
	serveOn(t, history).damaged(t)

	roots := writeFile(t, "history.db", string(whole))
	damage(t, roots, 2*pageBytes, 2*pageBytes)
	s = serveOn(t, roots)
	r := s.answers(t, http.StatusServiceUnavailable, http.MethodPost, "/migrations", oneMigration)
	if r.header.Get("Retry-After") == "" || !strings.Contains(r.text, "history is damaged") {
		t.Errorf("to record: %v %s", r.header, r.text)
	}
	s.damaged(t)
}

// A full disk stops the recording and nothing else; what was acknowledged is there
// once there is room again.
func TestServeOnAFullDisk(t *testing.T) {
	history := historyFile(t)
	s := cramped(t, history)
	acknowledged := map[string]int{}
	var last reply
	for n := 0; ; n++ {
		group := fmt.Sprint("vm-", n)
		var err error
		if last, err = s.record(group); err != nil {
			t.Fatal(err)
		}
		if last.status != http.StatusCreated {
			break
		}
		acknowledged[group] = 1
	}
	if told, _ := last.body["detail"].(string); last.status != http.StatusServiceUnavailable || last.header.Get("Retry-After") == "" ||
		told != "no space left for the history; the server's log says more" {
		t.Errorf("%d %v %s", last.status, last.header, last.text)
	}
	if len(acknowledged) == 0 {
		t.Error("nothing was recorded before")
	}
	s.predicts(t)
	s.turnsUnready(t)
	s.answers(t, http.StatusOK, http.MethodGet, "/health", "")
	s.answers(t, http.StatusServiceUnavailable, http.MethodPost, "/migrations", oneMigration)
	if diff := cmp.Diff(acknowledged, s.groups(t, "1000")); diff != "" {
		t.Errorf("on the full disk:\n%s", diff)
	}
	s.kill()

	s = cramped(t, history) // started where there is no room yet
	s.predicts(t)
	s.answers(t, http.StatusServiceUnavailable, http.MethodPost, "/migrations", oneMigration)
	if diff := cmp.Diff(acknowledged, s.groups(t, "1000")); diff != "" {
		t.Errorf("on the full disk, started again:\n%s", diff)
	}
	s.kill()

	s = serveOn(t, history)
	if diff := cmp.Diff(acknowledged, s.groups(t, "1000")); diff != "" {
		t.Errorf("with room again:\n%s", diff)
	}
	s.answers(t, http.StatusCreated, http.MethodPost, "/migrations", oneMigration)
	s.answers(t, http.StatusOK, http.MethodGet, "/ready", "")
}

// cramped is a server whose history can grow to smallDiskBytes.
func cramped(t *testing.T, history string) *served {
	t.Helper()
	s := startServed(t, vmmpProcess(t, "cramped", nil, "serve", "--addr", "127.0.0.1:0", "--history", history))
	s.awaitReady(t)
	return s
}

// turnsUnready checks that /ready comes to say no. Each time it asks the history it
// writes one page: there may have been room for some, but not for a migration.
func (s *served) turnsUnready(t *testing.T) {
	t.Helper()
	var r reply
	for range smallDiskBytes / pageBytes {
		var err error
		if r, err = askHTTP(http.MethodGet, s.url+"/ready", ""); err != nil {
			t.Fatal(err)
		}
		if r.status != http.StatusOK {
			break
		}
	}
	if reason, _ := r.body["reason"].(string); r.status != http.StatusServiceUnavailable || reason != "no space left for the history; the server's log says more" {
		t.Errorf("/ready: %d %s", r.status, r.text)
	}
}

// record records a migration of a group, whose name is the request's key, too.
func (s *served) record(group string) (reply, error) {
	body := strings.Replace(oneMigration, "web-1", group, 1)
	return askHTTP(http.MethodPost, s.url+"/migrations", body, "Content-Type", "application/json", "Idempotency-Key", group)
}

// Two servers on one file, as while one takes over from the other, lose nothing.
func TestServeTwiceOnOneHistory(t *testing.T) {
	history := historyFile(t)
	want := map[string]int{}
	servers := []*served{serveOn(t, history), serveOn(t, history)}
	var writers sync.WaitGroup
	for i, s := range servers {
		for w := range 4 {
			for n := range 25 {
				want[fmt.Sprintf("%d-%d-%d", i, w, n)] = 1
			}
			writers.Go(func() {
				for n := range 25 {
					if r, err := s.record(fmt.Sprintf("%d-%d-%d", i, w, n)); err != nil || r.status != http.StatusCreated {
						t.Errorf("%v, %v", r, err)
					}
				}
			})
		}
	}
	writers.Wait()
	for _, s := range servers {
		if diff := cmp.Diff(want, s.groups(t, "30")); diff != "" {
			t.Errorf("recorded:\n%s", diff)
		}
		s.stop(t)
	}
}
