package cmd

import (
	"bufio"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"vmmp/pkg/simulate"
)

// A server answers, hears what came of it, and its accuracy follows.
func TestSimulateAgainstAServer(t *testing.T) {
	s := serveOn(t, "history.db", "VMMP_PREDICTION_KEY=only this server knows")
	c := newFakeEnv("simulate", "--stress", "--count", "2", "--seed", "4", "--url", s.url, "--report", "-o", "json")
	c.exits(t, exitOK)
	var r simulate.Result
	if err := json.Unmarshal(c.out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	switched := 0
	for i := range r.Simulations {
		if r.Simulations[i].Error != nil {
			switched++
		}
	}
	accuracy := s.answers(t, http.StatusOK, http.MethodGet, "/accuracy", "").body
	for _, window := range accuracy["windows"].([]any) {
		w := window.(map[string]any)
		if w["source"] == "precopy" && (w["outcomes"] != 54.0 || w["asked_before"] != float64(switched) || w["median_relative_error"] != *r.Summary.MedianRelativeError) {
			t.Errorf("%d of 54 switched over, with a median error of %g; the server says %v", switched, *r.Summary.MedianRelativeError, w)
		}
	}
	if r.Count != 54 || switched < 20 || accuracy["assessed"] != 54.0 {
		t.Errorf("%d migrations, %d switched over, %v assessed", r.Count, switched, accuracy["assessed"])
	}
	// The predictions are the same as this program's own model makes.
	own := newFakeEnv("simulate", "--stress", "--count", "2", "--seed", "4", "-o", "json")
	own.exits(t, exitOK)
	var local simulate.Result
	if err := json.Unmarshal(own.out.Bytes(), &local); err != nil {
		t.Fatal(err)
	}
	for i := range local.Simulations {
		if a, b := local.Simulations[i].Prediction.PredictedDowntime, r.Simulations[i].Prediction.PredictedDowntime; a != b {
			t.Errorf("migration %d: predicted here %g, there %g", i, a, b)
		}
	}
}

// Ctrl-C ends an endless run with its summary, and with what was to be kept.
func TestSimulateContinuouslyUntilInterrupted(t *testing.T) {
	c := vmmpProcess(t, "vmmp", nil, "simulate", "--continuous", "--interval", "50ms", "--save")
	var errs strings.Builder
	c.Stderr = &errs
	pipe, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for lines := bufio.NewScanner(pipe); lines.Scan(); {
		out.WriteString(lines.Text() + "\n")
		if strings.HasPrefix(lines.Text(), "    3  ") {
			if err := c.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
		}
	}
	if code := exitStatus(t, c.Wait()); code != exitInterrupted {
		t.Errorf("exit %d: %s", code, errs.String())
	}
	if !strings.Contains(out.String(), "\nIn sum\n") {
		t.Errorf("no summary:\n%s", out.String())
	}
	if !regexp.MustCompile(`^vmmp: wrote simulation_results_[0-9_]+\.json\nvmmp: interrupted\n$`).MatchString(errs.String()) {
		t.Errorf("told %q", errs.String())
	}
}
