//go:build integration

package monitoring

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"go.yaml.in/yaml/v3"
)

// station is a Prometheus with the configuration of this folder, and what it watches.
type station struct {
	program    string // vmmp
	model      string // the file that it serves
	history    string
	address    string // that it serves on
	vmmp       *process
	prometheus string // http://HOST:PORT
}

// newStation starts a real one of each: vmmp serve and vmmp stress, a node exporter,
// and Prometheus. The test ends them.
func newStation(t *testing.T) *station {
	t.Helper()
	folder := t.TempDir()
	s := &station{
		program: filepath.Join(folder, "vmmp"), model: filepath.Join(folder, "model.vmmp"),
		history: filepath.Join(folder, "history.db"), address: freeAddress(t),
	}
	if out, err := exec.Command("go", "build", "-o", s.program, "vmmp").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	s.embeddedModel(t)
	s.serve(t)
	load, exporter, own := freeAddress(t), freeAddress(t), freeAddress(t)
	run(t, nil, s.program, "stress", "--cpu", "1", "--cpu-load", "20",
		"--vm", "1", "--vm-bytes", "64M", "--vm-dirty-rate", "5", "--metrics-addr", load)
	run(t, nil, installed(t, "prometheus-node-exporter"), "--web.listen-address="+exporter, "--no-collector.systemd", "--log.level=error")
	config := configure(t, map[string]string{"vmmp": s.address, "vmmp-stress": load, "node": exporter, "prometheus": own})
	run(t, nil, installed(t, "prometheus"), "--config.file="+config, "--storage.tsdb.path="+filepath.Join(folder, "prometheus"),
		"--web.listen-address="+own, "--log.level=warn")
	s.prometheus = "http://" + own
	return s
}

// embeddedModel puts the model that is in the program into the file.
func (s *station) embeddedModel(t *testing.T) {
	t.Helper()
	s.writeModel(t, read(t, "../pkg/model/default.vmmp"))
}

func (s *station) writeModel(t *testing.T, text []byte) {
	t.Helper()
	if err := os.WriteFile(s.model, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// serve starts vmmp, and waits until it is ready. All that it can be told of the
// business is told.
func (s *station) serve(t *testing.T) {
	t.Helper()
	s.vmmp = run(t, []string{
		"VMMP_BUSINESS_DOWNTIME_LIMIT=1s", "VMMP_BUSINESS_BASELINE_DOWNTIME=500ms",
		"VMMP_BUSINESS_PRICE_PER_SECOND=10", "VMMP_BUSINESS_CURRENCY=EUR", "VMMP_LOG_LEVEL=warn", "VMMP_SOURCES_PLACES=machine:",
	}, s.program, "serve", "--addr", s.address, "--model", s.model, "--history", s.history)
	eventually(t, "vmmp is ready", func() error {
		response, err := http.Get("http://" + s.address + "/ready")
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("/ready answers %s", response.Status)
		}
		return nil
	})
}

// duration is how long a condition holds until its alert fires.
var duration = regexp.MustCompile(`(?m)^( *for:) \S+$`)

// configure writes the configuration of this folder with these targets for its jobs,
// once a second, and answers its path. Alerts on targets do not wait for minutes.
func configure(t *testing.T, targets map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.Mkdir(filepath.Join(folder, "rules"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, path := range files(t, "prometheus/rules/*.yml") {
		text := read(t, path)
		if filepath.Base(path) == "targets.yml" {
			text = duration.ReplaceAll(text, []byte("$1 2s"))
		}
		write(t, filepath.Join(folder, "rules", filepath.Base(path)), text)
	}
	c := prometheusConfig(t)
	c.Global.ScrapeInterval, c.Global.EvaluationInterval = "1s", "1s"
	for i := range c.ScrapeConfigs {
		j := &c.ScrapeConfigs[i]
		j.DNS, j.Files, j.Static = nil, nil, []static{{Targets: []string{targets[j.JobName]}}}
	}
	text, err := yaml.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, filepath.Join(folder, "prometheus.yml"), text)
}

func write(t *testing.T, path string, text []byte) string {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
