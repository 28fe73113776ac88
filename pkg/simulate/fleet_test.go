package simulate

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

func TestRunFleet(t *testing.T) {
	r := FleetRequest{Count: 3000, Evacuees: 5, LinkMbps: 10_000, Seed: 11}
	got, err := RunFleet(t.Context(), Local{Model: embedded(t)}, r)
	if err != nil {
		t.Fatal(err)
	}
	if got.Count != 3000 || got.Predicted.Count != 3000 || len(got.Evacuation.VMs) != 5 {
		t.Errorf("%d VMs, %d predicted, %d evacuated", got.Count, got.Predicted.Count, len(got.Evacuation.VMs))
	}
	// What is counted of the results is what the predictions' own summary counts.
	if math.Abs(1-got.NotConverged-*got.Predicted.Converged) > 1e-9 || got.Downtime.Median != got.Predicted.Downtime.Median {
		t.Errorf("not converged %g and converged %g, medians %g and %g", got.NotConverged, *got.Predicted.Converged, got.Downtime.Median, got.Predicted.Downtime.Median)
	}
	if *got.Predicted.Coverage90 < 0.87 || *got.Predicted.Coverage90 > 0.99 { // simulated ones are answered with wider intervals
		t.Errorf("90 %% intervals hold %g", *got.Predicted.Coverage90)
	}
	n := 0
	for _, b := range got.Histogram {
		n += b.Count
	}
	if want := math.Round((1 - got.NotConverged) * 3000); float64(n) != want {
		t.Errorf("%d downtimes in the histogram, %g switched over", n, want)
	}
	again, err := RunFleet(t.Context(), Local{Model: embedded(t)}, r)
	if err != nil {
		t.Fatal(err)
	}
	first, _ := json.Marshal(got)
	second, _ := json.Marshal(again)
	if diff := cmp.Diff(string(first), string(second)); diff != "" {
		t.Errorf("the same fleet again: %s", diff)
	}
}

func TestRunFleetRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		r    FleetRequest
		want []string
	}{
		"no VM":             {FleetRequest{}, []string{"fleet"}},
		"too many":          {FleetRequest{Count: MaxFleet + 1}, []string{"fleet"}},
		"more than are":     {FleetRequest{Count: 3, Evacuees: 4, LinkMbps: 1000}, []string{"evacuate"}},
		"a negative number": {FleetRequest{Count: 3, Evacuees: -1}, []string{"evacuate"}},
		"no link":           {FleetRequest{Count: 3, Evacuees: 3}, []string{"network_bandwidth"}},
		"all at once":       {FleetRequest{Count: -1, Evacuees: 3, LinkMbps: math.NaN()}, []string{"fleet", "evacuate", "network_bandwidth"}},
	} {
		_, err := RunFleet(t.Context(), newOracle(), c.r)
		var got []string
		for _, f := range faults(t, err) {
			got = append(got, f.Location)
		}
		if !cmp.Equal(got, c.want) {
			t.Errorf("%s: faults at %v, want %v", name, got, c.want)
		}
	}
}

// refusing is a predictor that answers nobody.
type refusing struct{ err error }

func (r refusing) Predict(context.Context, migration.Features) (prediction.Prediction, error) {
	return prediction.Prediction{}, r.err
}

func TestRunFleetEnds(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := RunFleet(ended, Local{Model: embedded(t)}, FleetRequest{Count: 100_000}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	dumb := errors.New("nobody answers")
	if _, err := RunFleet(t.Context(), refusing{dumb}, FleetRequest{Count: 1000}); !errors.Is(err, dumb) {
		t.Errorf("error %v", err)
	}
}

func TestHistogramHoldsAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOf(rapid.Float64Range(0.1, 1e7)).Draw(t, "values")
		n := 0
		bins := histogram(values)
		for i, b := range bins {
			n += b.Count
			if b.LowerMS >= b.UpperMS || i > 0 && b.LowerMS != bins[i-1].UpperMS {
				t.Fatalf("bins %v", bins)
			}
		}
		if n != len(values) {
			t.Fatalf("%d of %d values in %v", n, len(values), bins)
		}
		if n > 0 && (bins[0].Count == 0 || bins[len(bins)-1].Count == 0) {
			t.Fatalf("empty at the ends: %v", bins)
		}
	})
}

// BenchmarkFleet carries out so many migrations of a fleet, without predictions.
func BenchmarkFleet(b *testing.B) {
	for _, n := range []int{1000, 10_000, 100_000} {
		b.Run(migrations(n), func(b *testing.B) {
			for b.Loop() {
				if _, err := migrateFleet(b.Context(), FleetRequest{Count: n, Seed: 1}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func migrations(n int) string {
	return map[int]string{1000: "1k", 10_000: "10k", 100_000: "100k"}[n]
}
