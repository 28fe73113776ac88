//go:build integration

package prometheus

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// installed is the path of a program of Debian's.
func installed(t *testing.T, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatalf("%v: .ci/setup installs it", err)
	}
	return path
}

// start runs a program until the end of the test, which shows what it wrote where something failed.
func start(t *testing.T, program string, args ...string) *os.Process {
	t.Helper()
	var told bytes.Buffer
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.WaitDelay = t.TempDir(), &told, &told, 5*time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("%s wrote:\n%.4000s", filepath.Base(program), told.String())
		}
	})
	return cmd.Process
}

// server is a Prometheus.
type server struct {
	url     string
	process *os.Process
}

// freeAddress is an address of this machine that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// eventually waits until check answers nil.
func eventually(t *testing.T, what string, check func() error) {
	t.Helper()
	err := fmt.Errorf("not tried")
	for deadline := time.Now().Add(90 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if err = check(); err == nil {
			return
		}
	}
	t.Fatalf("%s: %v", what, err)
}

// serve starts a Prometheus on a folder of blocks, which may be empty. It scrapes the targets.
func serve(t *testing.T, folder string, targets ...string) server {
	t.Helper()
	config := "global: {scrape_interval: 1s}\nscrape_configs:\n"
	for _, target := range targets {
		config += fmt.Sprintf("- {job_name: %q, static_configs: [{targets: [%[1]q]}]}\n", target)
	}
	path := filepath.Join(t.TempDir(), "prometheus.yml")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	address := freeAddress(t)
	process := start(t, installed(t, "prometheus"), "--config.file="+path, "--storage.tsdb.path="+folder,
		"--web.listen-address="+address, "--log.level=warn")
	eventually(t, "Prometheus is ready", func() error {
		response, err := http.Get("http://" + address + "/-/ready")
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("/-/ready answers %s", response.Status)
		}
		return nil
	})
	return server{"http://" + address, process}
}

// record makes blocks of recorded series, and returns their folder.
func record(t *testing.T, r *recording) string {
	t.Helper()
	path, folder := filepath.Join(t.TempDir(), "recorded.om"), t.TempDir()
	if err := os.WriteFile(path, r.openMetrics(), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(installed(t, "promtool"), "tsdb", "create-blocks-from", "openmetrics", "-q", path, folder).CombinedOutput()
	if err != nil {
		t.Fatalf("promtool: %v\n%.2000s", err, out)
	}
	return folder
}

// open opens a server by one of the mappings that come with the program, all of whose queries it has to take.
func (at server) open(t *testing.T, mapping string) *Source {
	t.Helper()
	s, err := Open(at.url, load(t, mapping), Options{Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}
