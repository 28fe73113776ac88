//go:build integration

package cmd

import (
	"net/http"
	"os/exec"
	"strings"
	"testing"
)

// checkMetrics has promtool look at what a program shows.
func checkMetrics(t *testing.T, exposition string) {
	t.Helper()
	c := exec.Command("promtool", "check", "metrics")
	c.Stdin = strings.NewReader(exposition)
	if found, err := c.CombinedOutput(); err != nil || len(found) > 0 {
		t.Errorf("promtool check metrics: %v\n%s\nof\n%s", err, found, exposition)
	}
}

// What a server shows that has done all that it can do has no fault that promtool
// knows.
func TestMetricsOfServe(t *testing.T) {
	s := serveOn(t, historyFile(t))
	s.predicts(t)
	s.answers(t, http.StatusOK, http.MethodPost, "/predict/batch", fourFeatures, "Content-Type", "application/x-ndjson")
	s.answers(t, http.StatusOK, http.MethodGet, "/simulate?mode=stress", "")
	s.answers(t, http.StatusUnprocessableEntity, http.MethodPost, "/predict", "{}")
	s.answers(t, http.StatusNotFound, http.MethodGet, "/nothing", "")
	id := s.predicts(t)["prediction_id"].(string)
	s.answers(t, http.StatusCreated, http.MethodPost, "/migrations", `{"downtime_ms": 170, "status": "completed", "prediction_id": "`+id+`"}`)
	s.answers(t, http.StatusOK, http.MethodPost, "/model/reload", "")
	shown := s.answers(t, http.StatusOK, http.MethodGet, "/metrics", "").text
	checkMetrics(t, shown)
	for _, want := range []string{
		"vmmp_host_memory_usage_ratio 0.", `vmmp_model_training_rows{source="fleet"} `, "vmmp_model_trained_timestamp_seconds ",
		`vmmp_accuracy_matched{source="all",window="24h"} 1`, `vmmp_prediction_duration_seconds_count{endpoint="batch"} 1`,
		`vmmp_simulated_migrations_total{mode="stress",status="completed"} `, `vmmp_model_reloads_total{result="success"} 1`,
	} {
		if !strings.Contains(shown, "\n"+want) {
			t.Errorf("no %s in\n%s", want, shown)
		}
	}
}

// The same of a load on this machine.
func TestMetricsOfStress(t *testing.T) {
	folder := t.TempDir()
	c := vmmpProcess(t, "vmmp", nil, "stress", "--cpu", "1", "--cpu-load", "5", "--vm", "1", "--vm-bytes", "1M", "--vm-dirty-rate", "1",
		"--io", "1", "--hdd", "1", "--hdd-bytes", "2M", "--temp-path", folder, "--metrics-addr", "127.0.0.1:0", "-o", "ndjson")
	out, told := newJournal(), newJournal()
	c.Stdout, c.Stderr = out, told
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = c.Wait() // it is killed, or what it told says why
		out.close()
		told.close()
	}()
	t.Cleanup(func() {
		_ = c.Process.Kill() // it loads until then, unless it has failed
		<-ended
	})
	line, _ := told.next()
	url, named := strings.CutPrefix(line, "vmmp: metrics on ")
	if !named {
		t.Fatalf("told %q", line)
	}
	if _, more := out.next(); !more { // a second of the load
		t.Fatalf("told nothing of the load: %s", told)
	}
	r, err := askHTTP(http.MethodGet, url, "")
	if err != nil || r.status != http.StatusOK {
		t.Fatalf("%d, %v", r.status, err)
	}
	checkMetrics(t, r.text)
	for _, want := range []string{`vmmp_stress_workers{stressor="hdd"} 1`, "vmmp_stress_predicted_downtime_seconds ", "vmmp_host_cpu_usage_ratio ", "vmmp_host_cpus "} {
		if !strings.Contains(r.text, "\n"+want) {
			t.Errorf("no %s in\n%s", want, r.text)
		}
	}
}
