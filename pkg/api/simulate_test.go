package api

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"vmmp/pkg/host"
	"vmmp/pkg/metrics"
	"vmmp/pkg/migration"
	"vmmp/pkg/simulate"
)

// simulated is the answer of GET /simulate.
func simulated(t testing.TB, h http.Handler, query string) simulate.Result {
	t.Helper()
	return read[simulate.Result](t, do(h, "GET", "/simulate"+query, ""), http.StatusOK)
}

func outcomes(t testing.TB, r simulate.Result) string {
	t.Helper()
	var all []simulate.Outcome
	for _, m := range r.Simulations {
		all = append(all, m.Outcome)
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The same seed of the same host gives the same outcomes; another one others.
func TestSimulateRepeatsItself(t *testing.T) {
	s := newServer(t)
	for _, query := range []string{"?count=5&seed=7", "?count=5&seed=0", "?count=5&seed=18446744073709551615"} {
		first, again := simulated(t, s, query), simulated(t, s, query)
		if diff := cmp.Diff(outcomes(t, first), outcomes(t, again)); diff != "" {
			t.Errorf("%s: %s", query, diff)
		}
		if first.Count != 5 || len(first.Simulations) != 5 || first.Seed != again.Seed {
			t.Errorf("%s: %d of %d simulations, seeds %d and %d", query, len(first.Simulations), first.Count, first.Seed, again.Seed)
		}
	}
	if a, b := simulated(t, s, "?count=5&seed=7"), simulated(t, s, "?count=5&seed=8"); outcomes(t, a) == outcomes(t, b) {
		t.Error("two seeds give the same outcomes")
	}
	if got := simulated(t, s, "?seed=18446744073709551615"); got.Seed != math.MaxUint64 || got.Count != 1 {
		t.Errorf("seed %d, count %d", got.Seed, got.Count)
	}
}

// The seed of a run that named none is answered, so that it can be repeated.
func TestSimulateAnswersItsSeed(t *testing.T) {
	s := newServer(t)
	first, second := simulated(t, s, "?count=3"), simulated(t, s, "?count=3")
	if first.Seed == second.Seed {
		t.Errorf("two runs drew the seed %d", first.Seed)
	}
	text, err := json.Marshal(first.Seed)
	if err != nil {
		t.Fatal(err)
	}
	if again := simulated(t, s, "?count=3&seed="+string(text)); outcomes(t, again) != outcomes(t, first) {
		t.Error("the answered seed gives other outcomes")
	}
}

func TestSimulateMeasuresTheHost(t *testing.T) {
	s := newServer(t)
	got := simulated(t, s, "?count=1000&seed=1")
	want := `{"cpu_load":35.5,"memory_usage":50,"disk_io":12,"network_bandwidth":1000,"memory_mib":4096,"resident_mib":2048,"vcpus":4}`
	text, err := json.Marshal(got.Host)
	if err != nil || string(text) != want {
		t.Errorf("host %s, want %s, %v", text, want, err)
	}
	if len(got.Simulations) != 1000 {
		t.Errorf("%d simulations", len(got.Simulations))
	}
	if n := testutil.ToFloat64(s.metrics.Predictions.WithLabelValues(metrics.EndpointSimulate, metrics.SupportSimulated)); n != 1 {
		t.Errorf("%g predictions counted for one prediction", n)
	}
}

// A host that cannot be measured is nobody's fault, and takes nothing else away.
func TestSimulateWithoutAHost(t *testing.T) {
	for name, snapshot := range map[string]func() (host.Snapshot, error){
		"cannot be measured": func() (host.Snapshot, error) { return host.Snapshot{}, errors.New("no counters") },
		"is no VM":           func() (host.Snapshot, error) { return host.Snapshot{CPUPercent: 500, MemoryPercent: 50, CPUs: 1}, nil },
	} {
		s := newServer(t, func(o *Options) {
			o.Host = host.NewWatcher(func(context.Context, time.Duration) (host.Snapshot, error) { return snapshot() }, time.Now)
		})
		w := do(s, "GET", "/simulate?seed=1", "")
		if p := read[refused](t, w, http.StatusServiceUnavailable); p.Detail == "" {
			t.Errorf("%s: %s", name, w.Body)
		}
		stillAnswers(t, s)
	}
}

func TestSimulateModes(t *testing.T) {
	s := newServer(t)
	for query, want := range map[string]struct {
		mode  simulate.Mode
		count int
		name  string // of the first
	}{
		"?count=2":                        {simulate.Single, 2, ""},
		"?mode=single&count=2":            {simulate.Single, 2, ""},
		"?scenario=database&count=3":      {simulate.Stress, 3, "database"},
		"?mode=stress":                    {simulate.Stress, 27, "cpu-stress"},
		"?mode=stress&scenario=slow-wan":  {simulate.Stress, 1, "slow-wan"},
		"?mode=stress&count=37":           {simulate.Stress, 999, "cpu-stress"},
		"?mode=fleet&count=1000&seed=0":   {simulate.OfFleet, 1000, "vm-"},
		"?scenario=evacuation&count=2":    {simulate.Stress, 40, "evacuation"},
		"?mode=continuous&count=1&seed=3": {simulate.Continuous, 1, ""},
	} {
		got := simulated(t, s, query)
		if got.Mode != want.mode || got.Count != want.count || len(got.Simulations) != want.count || got.Summary.Count != want.count {
			t.Errorf("%s: mode %s, %d of %d simulations", query, got.Mode, len(got.Simulations), got.Count)
		}
		if name := got.Simulations[0].Name; !strings.HasPrefix(name, want.name) || want.name == "" && name != "" {
			t.Errorf("%s: the first is %q", query, name)
		}
		if text, _ := json.Marshal(got.Host); (string(text) == "{}") != (want.name != "") {
			t.Errorf("%s: the host is %s", query, text)
		}
	}
}

// Continuous measures the host for each migration, and ends when its client leaves.
func TestSimulateContinuously(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cpu := 0.0
		s := newServer(t, func(o *Options) {
			o.Host = host.NewWatcher(func(context.Context, time.Duration) (host.Snapshot, error) {
				cpu++
				return host.Snapshot{CPUPercent: cpu, MemoryPercent: 50, CPUs: 1}, nil
			}, time.Now)
		})
		start := time.Now()
		got := simulated(t, s, "?mode=continuous&count=5&seed=1")
		if took := time.Since(start); took != 4*time.Second {
			t.Errorf("five measurements took %v", took)
		}
		for i, m := range got.Simulations {
			if x := m.Features.Get(migration.CPULoad); x != float64(i+1) {
				t.Errorf("migration %d is of a host of %g %%", i, x)
			}
		}
		ctx, leave := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer leave()
		s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, "GET", "/simulate?mode=continuous&count=60", http.NoBody))
		if took := time.Since(start); took != 5500*time.Millisecond {
			t.Errorf("it went on until %v although its client had left", took)
		}
	})
}
