package simulate

import (
	"encoding/json"
	"testing"

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

// document is a result as JSON.
func document(t *testing.T, r Request) string {
	t.Helper()
	result, err := Run(t.Context(), embedded(t), Physics{}, r)
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
	r := Request{Features: vm(), Count: 20, Seed: 1 << 60}
	first := document(t, r)
	if again := document(t, r); again != first {
		t.Error("the same request has another result")
	}
	r.Seed++
	if other := document(t, r); other == first {
		t.Error("another seed has the same result")
	}
}

func TestPhysicsBeginsALongerRequestWithTheShorter(t *testing.T) {
	long, err := Run(t.Context(), newOracle(), Physics{}, Request{Features: vm(), Count: 12, Seed: 5})
	if err != nil {
		t.Fatal(err)
	}
	i := 0
	for m, err := range Stream(t.Context(), newOracle(), Physics{}, Request{Features: vm(), Count: 4, Seed: 5}) {
		if err != nil {
			t.Fatal(err)
		}
		if got, want := *m.Outcome.TransferredMiB, *long.Simulations[i].Outcome.TransferredMiB; got != want {
			t.Errorf("migration %d of four sent %g MiB, of twelve %g", i, got, want)
		}
		i++
	}
	if i != 4 {
		t.Errorf("%d migrations, want 4", i)
	}
}

func TestPhysicsOfNoMigrations(t *testing.T) {
	for o, err := range (Physics{}).Migrate(t.Context(), vm(), 0, 1) {
		t.Fatalf("%+v, %v", o, err)
	}
}

// The fleet that the embedded model learned of is the one that migrates, so that
// the model has to be right about it: its interval holds what it says, and what it
// says of convergence comes true. Where it says simulated, the interval is wider.
func TestTheEmbeddedModelIsRightAboutTheFleet(t *testing.T) {
	known := migration.Of(migration.CPULoad, migration.MemoryUsage, migration.NetworkBandwidth, migration.MemoryMiB, migration.DirtyRate)
	for name, mask := range map[string]migration.Set{
		"CPU and RAM":       migration.Of(migration.CPULoad, migration.MemoryUsage),
		"the link and more": known,
		"everything":        migration.Everything,
	} {
		var all []Migration
		for i, d := range population.Fleet.Draw(150, 4242) {
			r, err := Run(t.Context(), embedded(t), Physics{}, Request{Features: d.Features.Only(mask), Count: 4, Seed: uint64(i)})
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
