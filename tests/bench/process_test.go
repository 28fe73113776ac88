//go:build bench

package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"vmmp/pkg/migration"
	"vmmp/pkg/model"
)

// The tests find the bare handler in their PATH: it is this test binary under another name.
func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"bare": serveBare}) }

// serveBare is what vmmp serve is compared with: net/http that decodes the same
// request and encodes an answer of the same shape and size. It predicts nothing.
func serveBare() {
	m, err := model.Default()
	if err != nil {
		panic(err)
	}
	x, _, _ := migration.DecodeJSON([]byte(predictPost.body))
	answer := m.Predict(x.Features, model.Options{})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /ready", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("POST /predict", func(w http.ResponseWriter, r *http.Request) {
		var features struct {
			CPULoad          float64 `json:"cpu_load"`
			MemoryUsage      float64 `json:"memory_usage"`
			DiskIO           float64 `json:"disk_io"`
			NetworkBandwidth float64 `json:"network_bandwidth"`
		}
		if err := json.NewDecoder(r.Body).Decode(&features); err != nil {
			http.Error(w, err.Error(), http.StatusUnprocessableEntity)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(answer) // whoever left does not miss it
	})
	fmt.Fprintf(os.Stderr, `{"msg":"ready","addr":%q}`+"\n", listener.Addr())
	fmt.Fprintln(os.Stderr, http.Serve(listener, mux))
	os.Exit(1)
}

// buildRelease builds the program as it is released.
func buildRelease(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vmmp")
	c := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", path, "vmmp")
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("build vmmp: %v\n%s", err, out)
	}
	return path
}

// launched is a server in a process of its own.
type launched struct {
	process *exec.Cmd
	addr    string
	ready   time.Duration // from the start of the process to the first 200 on /ready
}

// launch starts a server and waits until it is ready. Its log goes to a file.
func launch(t *testing.T, name string, args ...string) *launched {
	t.Helper()
	folder := t.TempDir()
	path := filepath.Join(folder, "log")
	log, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	s := &launched{process: exec.Command(name, args...)}
	s.process.Stderr = log
	s.process.Dir = folder // no configuration lies there
	s.process.Env = append(os.Environ(), "XDG_CONFIG_HOME="+folder)
	start := time.Now()
	if err := s.process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.stop(t) })
	if s.addr, err = readyAddr(path); err != nil {
		t.Fatal(err)
	}
	if err := awaitReady(s.addr); err != nil {
		t.Fatal(err)
	}
	s.ready = time.Since(start)
	return s
}

// startPatience bounds how long a server may take to start.
const startPatience = 30 * time.Second

// readyAddr waits for the line of the log that says where the server listens.
func readyAddr(log string) (string, error) {
	for start := time.Now(); time.Since(start) < startPatience; time.Sleep(200 * time.Microsecond) {
		text, err := os.ReadFile(log)
		if err != nil {
			return "", err
		}
		for line := range strings.Lines(string(text)) {
			var said struct{ Msg, Addr string }
			if json.Unmarshal([]byte(line), &said) == nil && said.Msg == "ready" {
				return said.Addr, nil
			}
		}
	}
	return "", errors.New("the server is not ready; see " + log)
}

// awaitReady asks until the server says that it is ready.
func awaitReady(addr string) error {
	var fault error
	for start := time.Now(); time.Since(start) < startPatience; time.Sleep(200 * time.Microsecond) {
		answer, err := http.Get("http://" + addr + "/ready")
		if fault = err; err != nil {
			continue
		}
		answer.Body.Close()
		if answer.StatusCode == http.StatusOK {
			return nil
		}
		fault = errors.New(answer.Status)
	}
	return fmt.Errorf("GET /ready: %w", fault)
}

// stop ends the server in order. It may have been stopped before.
func (s *launched) stop(t *testing.T) {
	t.Helper()
	if s.process.ProcessState != nil {
		return
	}
	if err := s.process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	var exit *exec.ExitError
	if err := s.process.Wait(); err != nil && !errors.As(err, &exit) {
		t.Error(err)
	}
}

// memory is the resident memory of a server in MB.
type memory struct{ resident, anonymous, file float64 }

func (m memory) String() string {
	return fmt.Sprintf("%.1f MB (%.1f of its own, %.1f of its file)", m.resident, m.anonymous, m.file)
}

// memory reads /proc/PID/status.
func (s *launched) memory(t *testing.T) (m memory) {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.process.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	into := map[string]*float64{"VmRSS:": &m.resident, "RssAnon:": &m.anonymous, "RssFile:": &m.file}
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if at := into[words[0]]; at != nil {
			kib, err := strconv.ParseFloat(words[1], 64)
			if err != nil {
				t.Fatal(err)
			}
			*at = kib * 1024 / 1e6
		}
	}
	return m
}

// clockTick is the unit of times in /proc on Linux.
const clockTick = 10 * time.Millisecond

// used is the time that the server has had on the processors.
func (s *launched) used(t *testing.T) time.Duration {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.process.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	// The name of the program, in parentheses, may hold spaces.
	words := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	var ticks int64
	for _, word := range words[11:13] { // utime and stime, fields 14 and 15 of proc(5)
		n, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * clockTick
}
