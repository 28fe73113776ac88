package simulate

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/population"
)

// embedded is the model that comes with the program.
func embedded(t *testing.T) *model.Model {
	t.Helper()
	m, err := model.Default()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// document is what the physics makes of so many VMs, as JSON.
func document(t *testing.T, n int, seed uint64) string {
	t.Helper()
	result, err := collect(t.Context(), Local{Model: embedded(t)}, Physics{}, same(vm(), n), seed)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(result)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestPhysicsRepeatsItself(t *testing.T) {
	first := document(t, 20, 1<<60)
	if again := document(t, 20, 1<<60); again != first {
		t.Error("the same request has another result")
	}
	if other := document(t, 20, 1<<60+1); other == first {
		t.Error("another seed has the same result")
	}
}

func TestPhysicsBeginsALongerRunWithTheShorter(t *testing.T) {
	long, err := collect(t.Context(), newOracle(), Physics{}, same(vm(), 12), 5)
	if err != nil {
		t.Fatal(err)
	}
	short, err := collect(t.Context(), newOracle(), Physics{}, same(vm(), 4), 5)
	if err != nil || short.Count != 4 {
		t.Fatalf("%d migrations, error %v", short.Count, err)
	}
	for i, m := range short.Simulations {
		if got, want := *m.Outcome.TransferredMiB, *long.Simulations[i].Outcome.TransferredMiB; got != want {
			t.Errorf("migration %d of four sent %g MiB, of twelve %g", i, got, want)
		}
	}
}

// What is recorded already is taken as it was, and costs no other VM its draw.
func TestPhysicsOfWhatHappened(t *testing.T) {
	happened := migration.Record{Features: vm(), Outcome: completed(123), Source: migration.SourceLab}
	vms := []VM{{Name: "drawn", Features: vm()}, {Name: "recorded", Features: vm(), Happened: &happened}, {Name: "drawn", Features: vm()}}
	got, err := collect(t.Context(), newOracle(), Physics{}, of(vms), 5)
	if err != nil {
		t.Fatal(err)
	}
	all, err := collect(t.Context(), newOracle(), Physics{}, same(vm(), 3), 5)
	if err != nil {
		t.Fatal(err)
	}
	m := got.Simulations
	if *m[1].Outcome.DowntimeMS != 123 || m[1].Record().Source != migration.SourceLab || m[1].Name != "recorded" {
		t.Errorf("recorded was %+v, shown is %+v", happened, m[1])
	}
	for _, i := range []int{0, 2} {
		if diff := cmp.Diff(all.Simulations[i].Outcome, m[i].Outcome); diff != "" || m[i].Record().Source != migration.SourcePrecopy {
			t.Errorf("migration %d: %s", i, diff)
		}
	}
}

func TestPhysicsOfNoMigrations(t *testing.T) {
	for o, err := range (Physics{}).Migrate(t.Context(), same(vm(), 0), 1) {
		t.Fatalf("%+v, %v", o, err)
	}
}

// At a speed a migration takes its total time; at none, no time at all. What comes of it is the same.
func TestPhysicsAtASpeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		total := 0.0
		var fast Result
		for _, speed := range []float64{0, 1, 60} {
			start := time.Now()
			r, err := collect(t.Context(), newOracle(), Physics{Speed: speed}, same(vm(), 3), 5)
			took := time.Since(start).Seconds()
			if err != nil {
				t.Fatal(err)
			}
			if speed == 0 {
				fast = r
				for _, m := range r.Simulations {
					total += *m.Outcome.TotalTimeMS / 1000
				}
			}
			if want := total / speed; speed > 0 && math.Abs(took-want) > 1e-6 || speed == 0 && took > 0 {
				t.Errorf("at speed %g they took %g s, want %g", speed, took, want)
			}
			if diff := cmp.Diff(fast.Simulations[2].Outcome, r.Simulations[2].Outcome); diff != "" {
				t.Errorf("at speed %g: %s", speed, diff)
			}
		}
	})
}

func TestPhysicsAtASpeedIsCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		_, err := collect(ctx, newOracle(), Physics{Speed: 1e-9}, same(vm(), 1), 5)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
	})
}

// The fleet that the embedded model learned of is the one that migrates, so that the model has to be right about it:
// its interval holds what it says, and what it says of convergence comes true. Where it says simulated, the interval
// is wider.
func TestTheEmbeddedModelIsRightAboutTheFleet(t *testing.T) {
	known := migration.Of(migration.CPULoad, migration.MemoryUsage, migration.NetworkBandwidth, migration.MemoryMiB, migration.DirtyRate)
	for name, mask := range map[string]migration.Set{
		"CPU and RAM":       migration.Of(migration.CPULoad, migration.MemoryUsage),
		"the link and more": known,
		"everything":        migration.Everything,
	} {
		var all []Migration
		for i, d := range population.Fleet.Draw(150, 4242) {
			r, err := collect(t.Context(), Local{Model: embedded(t)}, Physics{}, same(d.Features.Only(mask), 4), uint64(i))
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, r.Simulations...)
		}
		s := Summarise(all)
		t.Logf("%s: coverage %.3f, converged %.3f of %.3f, within 25 %% %.3f of %.3f, median error %.3f", name,
			*s.Coverage90, *s.Converged, *s.ConvergenceProbability, *s.Within25, *s.MeanConfidence, *s.MedianRelativeError)
		if *s.Coverage90 < 0.85 {
			t.Errorf("%s known: 90 %% intervals hold %.3f", name, *s.Coverage90)
		}
		if off := *s.Converged - *s.ConvergenceProbability; off < -0.08 || off > 0.08 {
			t.Errorf("%s known: %.3f switch over, predicted were %.3f", name, *s.Converged, *s.ConvergenceProbability)
		}
	}
}
