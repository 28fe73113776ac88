package proxmox

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"vmmp/pkg/migration"
)

const token = "vmmp@pve!predict=6695eb01-f6a4-8304-79aa-97f2502e193f"

// fake answers as a cluster does: with what is recorded in testdata, or what a test has put in its place.
type fake struct {
	*httptest.Server
	mutex   sync.Mutex
	answers map[string]string // by path below /api2/json
	fails   map[string]int    // with this status
	asked   []string
	began   time.Time
	read    int64 // bytes per second
}

func newFake(t *testing.T) *fake {
	t.Helper()
	f := &fake{answers: map[string]string{}, fails: map[string]int{}, began: time.Now(), read: 6e6}
	for path, file := range map[string]string{
		"/cluster/resources": "resources", "/cluster/options": "options", "/nodes": "nodes",
		"/nodes/pve1/qemu/101/status/current": "status", "/nodes/pve1/qemu/101/config": "config",
		"/nodes/pve1/qemu/101/migrate": "preconditions",
	} {
		text, err := os.ReadFile("testdata/" + file + ".json")
		if err != nil {
			t.Fatal(err)
		}
		f.answers[path] = string(text)
	}
	f.answers["/nodes/pve1/tasks"] = `{"data":[],"total":0}`
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

// set puts an answer in the place of a recorded one.
func (f *fake) set(path, body string) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.answers[path] = body
}

// fail lets a path fail.
func (f *fake) fail(path string, status int) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.fails[path] = status
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	path := strings.TrimPrefix(r.URL.Path, "/api2/json")
	f.asked = append(f.asked, path+"?"+r.URL.RawQuery)
	body, ok := f.answers[path]
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	switch {
	case r.Header.Get("Authorization") != "PVEAPIToken="+token:
		w.WriteHeader(http.StatusUnauthorized)
		body = `{"data":null}`
	case f.fails[path] != 0:
		w.WriteHeader(f.fails[path])
		body = `{"data":null,"message":"Permission check failed (` + path + `)\n"}`
	case !ok:
		w.WriteHeader(http.StatusInternalServerError)
		body = `{"data":null,"message":"Configuration file 'nodes/pve1/qemu-server/7.conf' does not exist\n"}`
	}
	written := int64(time.Since(f.began).Seconds() * float64(f.read))
	body = strings.ReplaceAll(body, "DISKREAD", strconv.FormatInt(1<<30+written, 10))
	_, _ = fmt.Fprint(w, strings.ReplaceAll(body, "DISKWRITE", "1"))
}

func (f *fake) open(t *testing.T, o Options) *Source {
	t.Helper()
	o.Token = token
	s, err := Open(f.URL, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

var (
	transferred = regexp.MustCompile(`transferred ([0-9.]+) MiB of`)
	downtime    = regexp.MustCompile(`downtime (\d+) ms`)
)

// readLog reads a log as far as these tests need it.
func readLog(text []byte) (Log, error) {
	if strings.Contains(string(text), "unreadable") {
		return Log{}, fmt.Errorf("another locale")
	}
	told := Log{Live: strings.Contains(string(text), "online/live"), Record: migration.Record{Outcome: migration.UnknownOutcome()}}
	for _, m := range transferred.FindAllSubmatch(text, -1) {
		v, _ := strconv.ParseFloat(string(m[1]), 64)
		told.Samples = append(told.Samples, migration.Sample{TransferredMiB: v})
	}
	if m := downtime.FindSubmatch(text); m != nil {
		told.Record.Outcome.DowntimeMS, _ = strconv.ParseFloat(string(m[1]), 64)
		told.Record.Outcome.Status = migration.Completed
	}
	return told, nil
}
