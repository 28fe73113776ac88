package model

import (
	"math"
	"testing"

	"vmmp/pkg/migration"
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
	p := m.Predict(x, Ask{})
	check(t, p)
	if p.PredictedDowntime < 10 || p.PredictedDowntime > 2000 || len(p.Hints) != 1 {
		t.Errorf("prediction %+v", p)
	}
	check(t, m.Predict(vm(), Ask{}))
}

func TestDefaultSaysWhereItComesFrom(t *testing.T) {
	m, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	p := m.Provenance()
	if len(p.Data) != 1 || p.Data[0].Name != "fleet" || p.Data[0].Rows != p.Rows.Train+p.Rows.Test || len(p.Data[0].SHA256) != 64 {
		t.Errorf("data %+v of rows %+v", p.Data, p.Rows)
	}
	if p.Metrics == nil || p.Metrics.Test == nil || p.Rows.Measured != 0 {
		t.Fatalf("provenance %+v", p)
	}
}

// On 5,000 or more held-out rows an interval of 90 % holds 88 to 92 %, for each
// way of knowing; a confidence is as high as the share of hits.
func TestDefaultKeepsItsPromises(t *testing.T) {
	m, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	report := m.Provenance().Metrics
	if report.Test.Rows < 3000 || len(report.Patterns) != len(Patterns) {
		t.Fatalf("%d rows, %d patterns", report.Test.Rows, len(report.Patterns))
	}
	for _, p := range report.Patterns {
		if c := float64(p.Coverage90); !(c >= 0.88 && c <= 0.92) {
			t.Errorf("%s: an interval of 90 %% holds %.3f of %d", p.Pattern, c, p.Rows)
		}
		if off := float64(p.MeanConfidence - p.Within25); !(math.Abs(off) <= 0.02) {
			t.Errorf("%s: mean confidence %.3f, share of hits %.3f", p.Pattern, p.MeanConfidence, p.Within25)
		}
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
