package model

import (
	"math"
	"testing"

	"vmmp/pkg/migration"
	"vmmp/pkg/model/internal/modeltest"
	"vmmp/pkg/prediction"
)

func TestDefault(t *testing.T) {
	m, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	again, err := Default()
	if err != nil || again != m {
		t.Error("the default is read twice")
	}
	_, id, err := m.encode()
	if err != nil || id != m.ID() || len(id) != 12 {
		t.Errorf("id %s, written anew %s: %v", m.ID(), id, err)
	}
	if len(embedded) > 16<<20 {
		t.Errorf("%d bytes in every binary", len(embedded))
	}
}

func TestDefaultAnswersTheSeedsQuestion(t *testing.T) {
	m, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	var x migration.Features
	x.Set(migration.CPULoad, 75)
	x.Set(migration.MemoryUsage, 68)
	p := m.Predict(x, Options{})
	modeltest.Check(t, p)
	if p.PredictedDowntime < 10 || p.PredictedDowntime > 2000 || len(p.Hints) != 1 {
		t.Errorf("prediction %+v", p)
	}
	modeltest.Check(t, m.Predict(modeltest.VM(), Options{}))
}

func TestDefaultSaysWhereItComesFrom(t *testing.T) {
	m, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	p := m.Provenance()
	rows := 0
	for i, name := range []string{"recorded", "fleet"} {
		if len(p.Data) != 2 || p.Data[i].Name != name || len(p.Data[i].SHA256) != 64 {
			t.Fatalf("data %+v", p.Data)
		}
		rows += p.Data[i].Rows
	}
	if rows != p.Rows.Train+p.Rows.Test || p.Rows.Measured == 0 || p.Rows.Measured >= p.Data[0].Rows {
		t.Errorf("data %+v of rows %+v", p.Data, p.Rows)
	}
	if p.Metrics == nil || p.Metrics.Test == nil || p.Metrics.Simulated == nil {
		t.Fatalf("provenance %+v", p)
	}
}

// On some thousand held-out rows an interval of 90 % holds 88 to 92 %, for each
// way of knowing; a confidence is as high as the share of hits.
func TestDefaultKeepsItsPromises(t *testing.T) {
	m, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	report := m.Provenance().Metrics.Simulated
	if report.Test.Rows < 3000 {
		t.Fatalf("%d rows", report.Test.Rows)
	}
	for _, p := range report.Patterns {
		if c := float64(p.Coverage90); !(c >= 0.88 && c <= 0.92) {
			t.Errorf("%s: an interval of 90 %% holds %.3f of %d", p.Pattern, c, p.Rows)
		}
		if off := float64(p.MeanConfidence - p.Within25); !(math.Abs(off) <= 0.03) {
			t.Errorf("%s: mean confidence %.3f, share of hits %.3f", p.Pattern, p.MeanConfidence, p.Within25)
		}
	}
}

// Of real migrations fewer are held out, up to six of each setting: what they hold
// differs from the promise by no more than a sample of settings does.
func TestDefaultKeepsItsPromisesOfRealMigrations(t *testing.T) {
	m, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	report := m.Provenance().Metrics
	settings := float64(report.Test.Rows) / 6
	for _, p := range report.Patterns {
		noise := func(share float64) float64 { return 3 * math.Sqrt(share*(1-share)/settings) }
		if c := float64(p.Coverage90); !(math.Abs(c-0.9) <= noise(0.9)) {
			t.Errorf("%s: an interval of 90 %% holds %.3f of %d", p.Pattern, c, p.Rows)
		}
		if hits := float64(p.Within25); !(math.Abs(float64(p.MeanConfidence)-hits) <= noise(hits)) {
			t.Errorf("%s: mean confidence %.3f, share of hits %.3f", p.Pattern, p.MeanConfidence, hits)
		}
	}
}

// A VM like those of the recorded migrations is answered by them, others by the
// simulated ones.
func TestDefaultSaysWhatItsAnswersRestOn(t *testing.T) {
	m, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	var small migration.Features
	for f, v := range map[migration.Feature]float64{
		migration.CPULoad: 40, migration.MemoryUsage: 50, migration.MemoryMiB: 1024, migration.ResidentMiB: 500, migration.VCPUs: 1,
		migration.NetworkBandwidth: 1000, migration.DirtyRate: 20, migration.DowntimeLimitMS: 300,
	} {
		small.Set(f, v)
	}
	if p := m.Predict(small, Options{}); p.Support != prediction.Measured || modeltest.Contains(p.Warnings, "simulated") {
		t.Errorf("of a small guest: %s, %q", p.Support, p.Warnings)
	}
	large := small
	large.Set(migration.MemoryMiB, 256<<10)
	large.Set(migration.ResidentMiB, 200<<10)
	large.Set(migration.NetworkBandwidth, 25_000)
	p := m.Predict(large, Options{})
	modeltest.Check(t, p)
	if p.Support != prediction.Simulated || !modeltest.Contains(p.Warnings, "no measured migration lies near") {
		t.Errorf("of a large one: %s, %q", p.Support, p.Warnings)
	}
	if minutes := float64(p.PredictedTotalTimeMS) / 60e3; minutes < 0.9 || minutes > 3 { // 200 GiB at 25 Gbps
		t.Errorf("a large one takes %.1f minutes", minutes)
	}
}

// What was given back is read again.
func TestUnloadLosesNothing(t *testing.T) {
	m, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	unload(embedded)
	again, err := Decode(embedded)
	if err != nil || again.ID() != m.ID() {
		t.Errorf("the embedded model is read as %v: %v", again, err)
	}
	for n := range 3 {
		unload(embedded[:n]) // less than a page: nothing to give
	}
}
