// Package modeltest draws virtual machines and migrations for the tests of package model and of those below it.
package modeltest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
	"vmmp/pkg/precopy"
	"vmmp/pkg/prediction"
)

// Migration is one to learn from, with what only a simulation knows of it.
type Migration struct {
	migration.Record

	Elsewhere   string             // site of one that happened elsewhere
	Untimed     *migration.Outcome // without a timeout
	NoiselessMS float64            // downtime without noise; NaN where it did not switch over
}

// Migrations draws n migrations to learn from and to predict: the physics of package precopy with hidden properties and
// noise around it. It is smaller than the fleet of package population, which package model may not know. Row i depends
// on the seed and i alone.
func Migrations(n int, seed uint64) []Migration {
	examples := make([]Migration, n)
	for i := range examples {
		examples[i] = drawMigration(rand.New(rand.NewPCG(seed, uint64(i))))
		examples[i].Group = fmt.Sprintf("vm-%d", i)
	}
	return examples
}

// guest is what decides of one migration, noise apart.
type guest struct {
	x                 migration.Features
	rate, set         float64 // of the true dirty curve, MiB/s and MiB
	speedup, optimism float64 // hidden from whoever knows all of x
}

func drawMigration(r *rand.Rand) Migration {
	g := drawGuest(r)
	timeout := 0.0
	if r.Float64() < 0.6 {
		timeout = math.Round(10 * math.Exp(4*r.Float64()))
		g.x.Set(migration.TimeoutS, timeout)
	}
	dirty, stop := lognormal(r, 0.05), lognormal(r, 0.15)
	e := Migration{NoiselessMS: math.NaN()}
	e.Features, e.Source = g.x, migration.SourcePrecopy
	e.Outcome = g.migrate(dirty, stop, timeout)
	untimed := g.migrate(dirty, stop, 0)
	e.Untimed = &untimed
	if quiet := g.migrate(1, 1, timeout); quiet.SwitchedOver() {
		e.NoiselessMS = quiet.DowntimeMS
	}
	return e
}

func lognormal(r *rand.Rand, sigma float64) float64 { return math.Exp(sigma * r.NormFloat64()) }

// drawGuest draws a VM of 1 to 64 GiB on a link of 1 to 25 Gbps.
func drawGuest(r *rand.Rand) guest {
	var g guest
	memory := 1024 * math.Exp2(math.Floor(7*r.Float64()))
	cpu, used := 5+90*r.Float64(), 20+75*r.Float64()
	g.rate = cpu / 100 * memory / 40 * lognormal(r, 1)
	g.set = memory * used / 100 * (0.02 + 0.3*r.Float64())
	g.speedup, g.optimism = 2.4*lognormal(r, 0.15), lognormal(r, 0.2)
	line := []float64{1000, 10_000, 25_000}[r.IntN(3)]
	for f, v := range map[migration.Feature]float64{
		migration.CPULoad: cpu, migration.MemoryUsage: used, migration.MemoryMiB: memory, migration.NetworkBandwidth: line,
		migration.VCPUs: memory / 1024, migration.WorkingSetMiB: g.set, migration.AutoConverge: 0,
	} {
		g.x.Set(f, v)
	}
	g.x.Set(migration.DiskIO, 100*r.Float64())
	g.x.Set(migration.ResidentMiB, memory*(1-0.01*r.Float64()))
	g.x.Set(migration.BandwidthCap, line*(0.3+0.7*r.Float64()))
	g.x.Set(migration.DowntimeLimitMS, math.Round(50*math.Exp(3.5*r.Float64())))
	var points []migration.Point
	for _, t := range []float64{0.1, 1, 10} {
		points = append(points, migration.Point{Seconds: t, MiB: g.dirty(t)})
	}
	g.x.SetPoints(points)
	g.x.Set(migration.DirtyRate, points[1].MiB)
	return g
}

// dirty returns the guest's true dirty curve.
func (g *guest) dirty(t float64) float64 { return -g.set * math.Expm1(-g.rate*t/g.set) }

// migrate carries out one migration; no timeout is 0.
func (g *guest) migrate(dirty, stop, timeout float64) migration.Outcome {
	described, ok := precopy.Describe(g.x)
	if !ok {
		panic("the world's guests are not described")
	}
	p := described.Params()
	p.Dirty = func(t float64) float64 { return g.dirty(t * g.speedup * dirty) }
	p.LineRate *= stop
	p.Optimism, p.Timeout = g.optimism, time.Duration(timeout)*time.Second
	result, err := precopy.Run(p)
	if err != nil {
		panic(err)
	}
	o := migration.UnknownOutcome()
	o.Status, o.Rounds, o.TotalTimeMS = result.Status, float64(result.Rounds), result.TotalTime.Seconds()*1000
	if o.Status == migration.Completed {
		o.DowntimeMS = result.Downtime.Seconds() * 1000
	}
	return o
}

// Known draws features that are possible by themselves: any subset, each value anywhere within its bounds.
func Known(t *rapid.T) migration.Features {
	var x migration.Features
	for f := range migration.Set(rapid.Uint32Range(0, uint32(migration.Everything)).Draw(t, "known")).All() {
		d := f.Definition()
		if d.Kind == migration.Points {
			x.SetPoints(Points(t))
			continue
		}
		v := d.Min + math.Pow(d.Max-d.Min+1, rapid.Float64Range(0, 1).Draw(t, d.Name)) - 1
		if d.Kind != migration.Number {
			v = math.Round(v)
		}
		x.Set(f, min(v, d.Max))
	}
	if err := x.CheckBounds().Err(); err != nil {
		t.Fatal(err)
	}
	return x
}

// Points draws a measured dirty curve.
func Points(t *rapid.T) []migration.Point {
	var curve []migration.Point
	var p migration.Point
	for range rapid.IntRange(1, 5).Draw(t, "points") {
		p.Seconds += rapid.Float64Range(0.001, 10).Draw(t, "seconds")
		p.MiB += rapid.Float64Range(0, 1e5).Draw(t, "mib")
		curve = append(curve, p)
	}
	return curve
}

// VM returns a typical VM of which all but a timeout is known.
func VM() migration.Features {
	g := drawGuest(rand.New(rand.NewPCG(3, 3)))
	return g.x
}

// OnSlowLink reports whether the VM's link carries at most 10 Gbps.
func OnSlowLink(x migration.Features) bool { return x.Get(migration.NetworkBandwidth) <= 10_000 }

// Near fails the test unless got is want to a share of 1e-9.
func Near(t rapid.TB, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-9*max(1, math.Abs(want))) {
		t.Fatalf("%s = %v, want %v", what, got, want)
	}
}

// LogWidth returns the length of the 90 % interval in logarithms.
func LogWidth(f evaluate.Forecast) float64 { return math.Log(f.Upper / f.Lower) }

// Contains reports whether a line holds part.
func Contains(lines []string, part string) bool {
	return slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, part) })
}

// EquateNaN lets cmp take unknown numbers as equal.
var EquateNaN = cmp.Comparer(func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) })

// Check fails unless p keeps what every prediction promises that has a total time.
func Check(t rapid.TB, p prediction.Prediction) {
	t.Helper()
	for what, v := range map[string]float64{
		"predicted_downtime": p.PredictedDowntime, "lower": p.Interval.Lower, "upper": p.Interval.Upper,
		"predicted_total_time_ms": float64(p.PredictedTotalTimeMS), "confidence": p.Confidence,
	} {
		if !(v > 0) || math.IsInf(v, 0) {
			t.Fatalf("%s is %v", what, v)
		}
	}
	if p.Interval.Lower > p.PredictedDowntime || p.PredictedDowntime > p.Interval.Upper || p.Interval.Level != 0.9 {
		t.Fatalf("predicted %v, interval %+v", p.PredictedDowntime, p.Interval)
	}
	if p.Confidence >= 1 || p.ConvergenceProbability < 0 || !(p.ConvergenceProbability <= 1) {
		t.Fatalf("confidence %v, convergence %v", p.Confidence, p.ConvergenceProbability)
	}
	total := p.TotalTimeInterval
	if total == nil || !(total.Lower > 0) || math.IsInf(total.Upper, 0) || total.Level != 0.9 ||
		total.Lower > float64(p.PredictedTotalTimeMS) || float64(p.PredictedTotalTimeMS) > total.Upper {
		t.Fatalf("total time %v, interval %+v", p.PredictedTotalTimeMS, total)
	}
	if float64(p.PredictedTotalTimeMS) < p.PredictedDowntime || total.Lower < p.PredictedDowntime {
		t.Fatalf("a pause of %v in %v ms, interval %+v", p.PredictedDowntime, p.PredictedTotalTimeMS, total)
	}
	supports := []prediction.Support{prediction.Site, prediction.OtherSite, prediction.Simulated}
	if p.Status != "success" || !slices.Contains(supports, p.Support) {
		t.Fatalf("status %q, support %q", p.Status, p.Support)
	}
	text, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(text, []byte("null")) {
		t.Fatalf("null in %s", text)
	}
}
