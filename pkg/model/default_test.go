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
	x.Set(migration.DiskIO, 45.8)
	x.Set(migration.NetworkBandwidth, 850)
	if p := m.Predict(x, Options{}); modeltest.Contains(p.Warnings, "not expected to converge") {
		t.Errorf("a guest of which no dirtying is known is told %q", p.Warnings)
	}
}

func TestDefaultSaysWhereItComesFrom(t *testing.T) {
	m, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	p := m.Provenance()
	rows, recorded := 0, 0
	for _, source := range p.Data {
		if len(source.SHA256) != 64 || source.Rows == 0 || source.Name == "" {
			t.Errorf("source %+v", source)
		}
		if rows += source.Rows; source.Name != "fleet" {
			recorded += source.Rows
		}
	}
	if rows != p.Rows.Train+p.Rows.Test || recorded == 0 || recorded == rows || p.Rows.Measured == 0 || p.Rows.Measured > recorded {
		t.Errorf("data %+v of rows %+v", p.Data, p.Rows)
	}
	if p.Metrics == nil || p.Metrics.Test == nil || len(p.Metrics.Sites) == 0 || p.Prior != "" {
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
	report := m.Provenance().Metrics
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

// What it says of a site that it has not learned from is as wide as sites differ: what the interval holds differs from
// the promise by no more than from one site to another.
func TestDefaultKeepsItsPromisesOfRealMigrations(t *testing.T) {
	m, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	held := 0.0
	sites := m.Provenance().Metrics.Sites
	for _, s := range sites {
		c := float64(s.Downtime.Coverage90)
		held += c / float64(len(sites))
		if s.Downtime.Rows < 300 || s.TotalTime.Rows < 300 || !(c > 0.8) {
			t.Errorf("%s: an interval of 90 %% holds %.3f of %d", s.Site, c, s.Downtime.Rows)
		}
		if off := float64(s.Downtime.MeanConfidence - s.Downtime.Within25); !(math.Abs(off) < 0.1) {
			t.Errorf("%s: mean confidence %.3f, share of hits %.3f", s.Site, s.Downtime.MeanConfidence, s.Downtime.Within25)
		}
		if c := float64(s.TotalTime.Coverage90); !(c > 0.8) {
			t.Errorf("%s: an interval of 90 %% holds %.3f of the total times", s.Site, c)
		}
		if !(s.Converge.Wrong < 0.1) {
			t.Errorf("%s: a verdict of %.3f of the migrations is wrong", s.Site, s.Converge.Wrong)
		}
	}
	if !(held >= 0.85 && held <= 0.97) {
		t.Errorf("over the sites an interval of 90 %% holds %.3f", held)
	}
}

// Nothing that was seen elsewhere is called the site's own, and nothing that was not seen is called seen.
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
	if p := m.Predict(small, Options{}); p.Support != prediction.OtherSite || !modeltest.Contains(p.Warnings, "made elsewhere") {
		t.Errorf("of a small guest: %s, %q", p.Support, p.Warnings)
	}
	large := small
	large.Set(migration.MemoryMiB, 256<<10)
	large.Set(migration.ResidentMiB, 200<<10)
	large.Set(migration.NetworkBandwidth, 25_000)
	p := m.Predict(large, Options{})
	modeltest.Check(t, p)
	if p.Support != prediction.Simulated || !modeltest.Contains(p.Warnings, "no real migration of a VM like this") {
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
