package model

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vmmp/pkg/migration"
	"vmmp/pkg/model/internal/estimate"
	"vmmp/pkg/model/internal/modeltest"
	"vmmp/pkg/precopy"
	"vmmp/pkg/prediction"
)

// outcomes returns migrations of a site whose guests pause for 20 ms more than those that the model knows, and for half
// as long again beside that.
func outcomes(n int, seed uint64) []migration.Record {
	records := make([]migration.Record, n)
	for i, m := range modeltest.Migrations(n, seed) {
		records[i] = m.Record
		records[i].Source = migration.SourceAPI
		o := &records[i].Outcome
		o.DowntimeMS = estimate.FixedMS + 20 + 1.5*max(o.DowntimeMS-estimate.FixedMS, 0)
	}
	return records
}

// missed returns the median error of the downtime, as a logarithm, over the migrations that switched over.
func missed(m *Model, records []migration.Record) float64 {
	var errors []float64
	for _, r := range records {
		if r.Outcome.SwitchedOver() && !math.IsNaN(r.Outcome.DowntimeMS) {
			errors = append(errors, math.Abs(math.Log(m.Predict(r.Features, Options{}).PredictedDowntime/r.Outcome.DowntimeMS)))
		}
	}
	return median(errors)
}

func TestAtASite(t *testing.T) {
	m, fresh := judged(), outcomes(150, 91)
	before := missed(m, fresh)
	few, err := m.At(outcomes(15, 92))
	if err != nil {
		t.Fatal(err)
	}
	many, err := m.At(outcomes(150, 93))
	if err != nil {
		t.Fatal(err)
	}
	if a, b := missed(few, fresh), missed(many, fresh); a > 0.75*before || b > 0.7*before {
		t.Errorf("of no outcomes it is %.3f off, of 15 %.3f, of 150 %.3f", before, a, b)
	}
	x := fresh[0].Features
	plain, corrected := m.Predict(x, Options{}), many.Predict(x, Options{})
	modeltest.Check(t, corrected)
	if plain.Support != prediction.Simulated || corrected.Support != prediction.Site {
		t.Errorf("support %s, at the site %s", plain.Support, corrected.Support)
	}
	if modeltest.Contains(corrected.Warnings, "simulation") || modeltest.Contains(corrected.Warnings, "elsewhere") {
		t.Errorf("warnings %q of an answer that rests on the site", corrected.Warnings)
	}
	c := many.Correction()
	if c.Outcomes < 75 || math.Abs(c.Memory-1.5) > 0.35 || c.FixedMS < estimate.FixedMS || !c.Place.Valid() {
		t.Errorf("learned %+v", c)
	}
	want := Correction{Place: precopy.Typical, FixedMS: estimate.FixedMS, Memory: 1, Time: 1}
	if got := m.Correction(); got != want {
		t.Errorf("of no outcomes %+v is learned, want %+v", got, want)
	}
}

// A model at a site is another model, and the model that it was made of stays as it was.
func TestAtASiteIsAnotherModel(t *testing.T) {
	m := lab()
	file := fileOf(t, m)
	at, err := m.At(outcomes(30, 92))
	if err != nil {
		t.Fatal(err)
	}
	other, err := m.At(outcomes(30, 93))
	if err != nil {
		t.Fatal(err)
	}
	if at.ID() == m.ID() || at.ID() == other.ID() {
		t.Errorf("ids %s, %s and %s", m.ID(), at.ID(), other.ID())
	}
	if string(fileOf(t, m)) != string(file) {
		t.Error("the model itself has changed")
	}
	back, err := Decode(fileOf(t, at))
	if err != nil || back.ID() != at.ID() {
		t.Fatalf("read back as %v: %v", back, err)
	}
	x := modeltest.VM()
	if a, b := at.Predict(x, Options{}), back.Predict(x, Options{}); !cmp.Equal(a, b) {
		t.Error(cmp.Diff(a, b))
	}
	again, err := at.At(outcomes(30, 92))
	if err != nil || math.Abs(again.experts.Correction.Sigma-at.experts.Correction.Sigma) > 1e-5 {
		t.Errorf("the same outcomes again: %+v, first %+v: %v", again.experts.Correction, at.experts.Correction, err)
	}
}

// No tree learns from what corrects: beyond what trees have seen the physics still decides.
func TestOutcomesDoNotWidenTheTrainingRange(t *testing.T) {
	m := judged()
	far := outcomes(40, 92)
	for i := range far {
		far[i].Features.Set(migration.DowntimeLimitMS, 60_000)
	}
	at, err := m.At(far)
	if err != nil {
		t.Fatal(err)
	}
	from := at.experts.Estimator(far[0].Features)
	if !from.Outside || from.Support != prediction.Site {
		t.Errorf("outside %t, support %s", from.Outside, from.Support)
	}
	if before, after := m.outside(far[0].Features), at.outside(far[0].Features); !cmp.Equal(before, after) || len(after) != 1 {
		t.Errorf("warnings %q, at the site %q", before, after)
	}
}

func TestAtRefuses(t *testing.T) {
	silent, blind, timed := outcomes(20, 92), outcomes(20, 92), outcomes(20, 92)
	for i := range silent {
		silent[i].Outcome = migration.UnknownOutcome()
		blind[i].Features = blind[i].Features.Only(estimate.SeedFeatures)
		timed[i].Outcome.DowntimeMS = math.NaN()
	}
	for name, records := range map[string][]migration.Record{"none": nil, "silent": silent, "no physics": blind, "total times alone": timed} {
		if at, err := judged().At(records); at != nil || !errors.Is(err, ErrNoOutcome) {
			t.Errorf("%s: %v, %v", name, at, err)
		}
	}
	own := modeltest.Migrations(60, 4)
	for i := range own {
		own[i].Source = migration.SourceLab
	}
	if at, err := TrainFixture(own, 3).At(outcomes(20, 92)); at != nil || !errors.Is(err, ErrNoPrior) {
		t.Errorf("a model of one site: %v, %v", at, err)
	}
}
