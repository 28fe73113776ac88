package cmd

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vmmp/pkg/api"
	"vmmp/pkg/config"
	"vmmp/pkg/history"
	"vmmp/pkg/history/stores"
	"vmmp/pkg/httpd"
	"vmmp/pkg/metrics"
	"vmmp/pkg/model"
)

func init() {
	commands["record-predicted"] = func() {
		text, err := os.ReadFile(os.Args[1])
		var p struct {
			ID string `json:"prediction_id"`
		}
		if err == nil {
			err = json.Unmarshal(text, &p)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(exitFailed)
		}
		os.Args = []string{"vmmp", "record", os.Args[2], "--history", os.Args[3], "--prediction-id", p.ID, "-o", "text"}
		os.Exit(Execute())
	}
}

const completed = "Job type:         Completed\nTime elapsed:     8123         ms\nMemory total:     8.000 GiB\nTotal downtime:   87           ms\n"

// remembering is a server with a history of its own.
func remembering(t *testing.T) (*httptest.Server, history.Store) {
	t.Helper()
	m, err := model.Default()
	if err != nil {
		t.Fatal(err)
	}
	store, err := stores.Open(t.Context(), filepath.Join(t.TempDir(), "history.db"))
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(api.New(api.Options{
		Version: "test", Model: m, LoadModel: model.Default, History: store, Metrics: metrics.New(metrics.Build{Version: "test"}),
		Log: slog.New(slog.DiscardHandler), Timeouts: httpd.Timeouts(config.Default().Timeouts),
	}))
	t.Cleanup(func() {
		s.Close()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, store
}

// A running server records what a command was given, once.
func TestRecordAtAServer(t *testing.T) {
	s, store := remembering(t)
	record := func(code int, args ...string) *fakeEnv {
		c := newFakeEnv(append([]string{"record", "-", "--url", s.URL}, args...)...)
		c.stdin = strings.NewReader(completed)
		c.exits(t, code)
		return c
	}
	if c := record(exitOK, "--group", "web-1", "--net", "10000"); !strings.Contains(c.out.String(), "1 recorded in "+s.URL) {
		t.Errorf("first: %s", c.out.String())
	}
	if c := record(exitOK, "--group", "web-1", "--net", "10000"); !strings.Contains(c.out.String(), "0 recorded in "+s.URL+", 1 were there already") {
		t.Errorf("again: %s", c.out.String())
	}
	if c := record(exitUsage, "--group", "web-1", "--net", "25000"); !strings.Contains(c.errs.String(), "standard input: web-1: was recorded before") {
		t.Errorf("known better: %s", c.errs.String())
	}
	if c := record(exitUsage, "--group", "web-3", "--prediction-id", "p1.x"); !strings.Contains(c.errs.String(), "standard input: web-3: prediction_id is") {
		t.Errorf("a false prediction: %s", c.errs.String())
	}
	record(exitOK, "--group", "web-2", "--dry-run")
	entries, err := store.Read(t.Context(), history.Query{})
	if err != nil || len(entries) != 1 {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	if e := entries[0]; e.Group != "web-1" || e.Outcome.DowntimeMS != 87 || e.Source != "libvirt" || e.Prediction == nil {
		t.Errorf("%+v", e)
	}
}

// The token is sent, and never shown.
func TestRecordWithAToken(t *testing.T) {
	sent := ""
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent = r.Header.Get("Authorization")
		http.Error(w, "{}", http.StatusForbidden)
	}))
	defer s.Close()
	c := newFakeEnv("record", "-", "--url", s.URL)
	c.stdin, c.variables["VMMP_TOKEN"] = strings.NewReader(completed), "s3cret"
	c.exits(t, exitFailed)
	if sent != "Bearer s3cret" || strings.Contains(c.errs.String(), "s3cret") || !strings.Contains(c.errs.String(), "403") {
		t.Errorf("sent %q, told %s", sent, c.errs.String())
	}
}

// What is recorded in a history of one's own has the time at which it was, or else is now, and what the model would
// have predicted.
func TestRecordInAHistory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history.db")
	c := newFakeEnv("record", "-", "--history", path, "--group", "web-1")
	c.stdin = strings.NewReader(completed)
	c.exits(t, exitOK)
	store, err := stores.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	entries, err := store.Read(t.Context(), history.Query{})
	if err != nil || len(entries) != 1 {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	if e := entries[0]; !e.At.Equal(c.clock) || e.Prediction == nil || !e.Prediction.Afterwards || e.Prediction.DowntimeMS <= 0 {
		t.Errorf("%+v", e)
	}
}

// A place that fails in the middle says how far it came, and the same again adds the rest.
func TestRecordIsTakenUpAgain(t *testing.T) {
	s, store := remembering(t)
	requests := 0
	failing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if requests++; requests > 2 {
			http.Error(w, "{}", http.StatusInternalServerError)
			return
		}
		s.Config.Handler.ServeHTTP(w, r)
	}))
	defer failing.Close()
	rows := "cpu_load,downtime_ms\n10,50\n20,60\n30,70\n10,50\n"
	run := func(url string, code int) *fakeEnv {
		c := newFakeEnv("record", "-", "--url", url, "-o", "json")
		c.stdin = strings.NewReader(rows)
		c.exits(t, code)
		return c
	}
	if c := run(failing.URL, exitFailed); !strings.Contains(c.errs.String(), "; 2 were recorded: record the same again, which adds the others only") {
		t.Errorf("told %s", c.errs.String())
	}
	var got struct {
		Recorded int
		Before   int `json:"recorded_before"`
	}
	if err := json.Unmarshal(run(s.URL, exitOK).out.Bytes(), &got); err != nil || got.Recorded != 2 || got.Before != 2 {
		t.Errorf("%+v, %v", got, err)
	}
	if entries, err := store.Read(t.Context(), history.Query{}); err != nil || len(entries) != 4 {
		t.Errorf("%d entries, %v", len(entries), err)
	}
}
