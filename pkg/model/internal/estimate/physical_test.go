package estimate

import (
	"math"
	"testing"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
	"vmmp/pkg/model/internal/modeltest"
	"vmmp/pkg/precopy"
)

// bounded returns an expert that says what s does, as far as it is no further from the physics than most.
func bounded(t testing.TB, s saying, most float64) *Expert {
	e := s.expert(t)
	e.Downtime.Physical = Physical{Errors: normal(0.1, 0.2), Mean: 0.1, Most: most}
	e.Total.Physical = Physical{Errors: normal(-0.1, 0.05), Mean: -0.1, Most: most}
	return e
}

// Beyond the training range, and where the forest contradicts it by more than it was ever right to, the physics
// answers, with the errors that it had; where it cannot be computed, the forest does.
func TestWhoDecides(t *testing.T) {
	x := modeltest.VM()
	p := Analyse(&precopy.Typical, x)
	expects := p.Expects(evaluate.Downtime)
	off := func(by float64) saying {
		return saying{downtime: normal(expects+by, 0.3), total: normal(p.Expects(evaluate.TotalTime)+by, 0.3), converges: 0.4}
	}
	blind := x.Only(Required)
	for _, c := range []struct {
		name    string
		say     saying
		most    float64
		outside bool
		x       migration.Features
		physics bool
	}{
		{"near the physics", off(0.5), 1, false, x, false},
		{"far above it", off(1.2), 1, false, x, true},
		{"far below it", off(-1.2), 1, false, x, true},
		{"as far as it was ever right to", off(1.2), 1.3, false, x, false},
		{"beyond the training range", off(0.5), 1, true, x, true},
		{"beyond it, and no physics", off(0.5), 1, true, blind, false},
		{"far above what cannot be computed", off(1.2), 1, false, blind, false},
	} {
		from := &Estimator{Prior: bounded(t, c.say, c.most), Outside: c.outside}
		var b Buffers
		got := from.Answer(&b, c.x, 0)
		point, width := expects+0.1, 2*1.645*0.2
		if !c.physics {
			point, width = c.say.downtime[50], 2*1.645*0.3
		}
		near(t, c.name+": log downtime", math.Log(got.Downtime.Point), point, 1e-6)
		near(t, c.name+": width", modeltest.LogWidth(got.Downtime), width, 0.1*width)
		near(t, c.name+": LogDowntime", from.LogDowntime(&b, c.x), math.Log(got.Downtime.Point), 1e-9)
		total := p.Expects(evaluate.TotalTime) - 0.1
		if !c.physics {
			total = c.say.total[50]
		}
		near(t, c.name+": log total time", math.Log(got.Total.Point), max(total, math.Log(leastTotalMS(c.x))), 1e-6)
		converges := 0.4
		if c.outside && c.physics {
			converges = p.convergence()
		}
		near(t, c.name+": convergence", got.Converges, converges, 1e-7)
	}
}

// A model whose physics was not checked on enough rows lets the forest decide.
func TestPhysicsThatWasNotCheckedNeverDecides(t *testing.T) {
	x := modeltest.VM()
	e := cool.expert(t)
	var b Buffers
	inside, outside := &Estimator{Prior: e}, &Estimator{Prior: e, Outside: true}
	if a, b := inside.Answer(&b, x, 0).Downtime, outside.Answer(&b, x, 0).Downtime; a != b {
		t.Errorf("%+v within the range, %+v beyond it", a, b)
	}
}

// What the physics decides keeps to precopy where no tree has been: pauses of half a minute, machines of a terabyte.
func TestPhysicsExtrapolates(t *testing.T) {
	small := modeltest.VM().Only(migration.Everything &^ migration.Of(migration.DirtyCurve, migration.WorkingSetMiB))
	small.Set(migration.DirtyRate, 40)
	patient, large := small, small
	patient.Set(migration.DowntimeLimitMS, 30_000)
	large.Set(migration.MemoryMiB, 1<<20)
	large.Set(migration.ResidentMiB, 1<<20)
	for name, x := range map[string]migration.Features{"a limit of 30 s": patient, "a TiB": large} {
		from := &Estimator{Prior: bounded(t, cool, 1), Outside: true}
		var b Buffers
		got := from.Answer(&b, x, 0)
		vm, _ := precopy.Describe(x)
		a := vm.Analyse(precopy.ZerosInside)
		if off := math.Abs(math.Log(got.Downtime.Point / a.DowntimeMS)); off > math.Log(1.5) {
			t.Errorf("%s: a pause of %.0f ms, by precopy of %.0f", name, got.Downtime.Point, a.DowntimeMS)
		}
		if off := math.Abs(math.Log(got.Total.Point / a.TotalTimeMS)); off > math.Log(1.25) {
			t.Errorf("%s: %.0f ms in all, by precopy %.0f", name, got.Total.Point, a.TotalTimeMS)
		}
		if got.Converges < 0.9 || got.Converges > 0.98 {
			t.Errorf("%s: converges with P = %v", name, got.Converges)
		}
	}
}

func TestValidPhysical(t *testing.T) {
	for _, p := range []Physical{{}, {Errors: []float64{-1, 0, 0, 2}, Mean: 0.2, Most: 3}} {
		if !p.Valid() {
			t.Errorf("not valid: %+v", p)
		}
	}
	nan := math.NaN()
	for _, p := range []Physical{
		{Errors: []float64{1, 0}}, {Errors: []float64{nan}}, {Errors: []float64{-1e308, 1e308}}, {Errors: []float64{0, math.Inf(1)}},
		{Mean: nan}, {Mean: 1e3}, {Most: -1}, {Most: nan}, {Most: 1e3},
	} {
		if p.Valid() {
			t.Errorf("valid: %+v", p)
		}
	}
}
