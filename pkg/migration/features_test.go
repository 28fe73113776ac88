package migration

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// drawPoints draws a possible dirty curve.
func drawPoints(t *rapid.T, least int) []Point {
	var points []Point
	var at Point
	for range rapid.IntRange(least, 8).Draw(t, "points") {
		at.Seconds += rapid.Float64Range(0.001, 20).Draw(t, "seconds")
		at.MiB += rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(0, 10000)).Draw(t, "mib")
		points = append(points, at)
	}
	return points
}

// drawValue draws a possible value of d.
func drawValue(t *rapid.T, d Definition) float64 {
	v := rapid.OneOf(rapid.Just(d.Min), rapid.Just(d.Max), rapid.Float64Range(d.Min, d.Max)).Draw(t, d.Name)
	if d.Kind != Number {
		v = math.Trunc(v)
	}
	return v
}

// drawFeatures draws any possible knowledge of a VM.
func drawFeatures(t *rapid.T) (x Features) {
	for _, d := range Definitions {
		switch {
		case !rapid.Bool().Draw(t, "known"):
		case d.Kind == Points:
			x.SetPoints(drawPoints(t, 1))
		default:
			x.Set(d.Feature, drawValue(t, d))
		}
	}
	return x
}

// sample knows everything.
func sample() (x Features) {
	for f, v := range map[Feature]float64{
		CPULoad: 75, MemoryUsage: 68, DiskIO: 12.5, NetworkBandwidth: 1000, BandwidthCap: 800, MemoryMiB: 4096,
		ResidentMiB: 3000, VCPUs: 4, DirtyRate: 12, WorkingSetMiB: 300, DowntimeLimitMS: 300, TimeoutS: 150, AutoConverge: 1,
		Method: MethodPostcopyTimeout, MultifdChannels: 8, Compression: CompressionZstd, TLS: 1, XBZRLE: 1, HugePages: 1,
		Hypervisor: HypervisorXen, HypervisorVersion: VersionNumber(4, 20), VFIOMiB: 64, Migratable: 1, ZeroTailMiB: 45,
	} {
		x.Set(f, v)
	}
	x.SetPoints([]Point{{0.1, 3.4}, {1, 12}, {10, 40}})
	return x
}

func TestZeroFeaturesKnowNothing(t *testing.T) {
	var x Features
	if x.Known() != 0 || x.Points() != nil || x.Curve().Known() {
		t.Errorf("%+v", x)
	}
	for f := range Feature(Count) {
		if !math.IsNaN(x.Get(f)) || x.Format(f, ',') != "" {
			t.Errorf("%s is known", f)
		}
	}
}

func TestSetAndForget(t *testing.T) {
	for f := range Feature(Count) {
		if f == DirtyCurve {
			continue
		}
		var x Features
		x.Set(f, 0)
		if x.Get(f) != 0 || x.Known() != Of(f) {
			t.Errorf("%s: zero is not a value", f)
		}
		x.Set(f, 7)
		if x.Get(f) != 7 {
			t.Errorf("%s = %v", f, x.Get(f))
		}
		x.Set(f, math.NaN())
		if !math.IsNaN(x.Get(f)) || !x.Equal(Features{}) {
			t.Errorf("%s is not forgotten", f)
		}
	}
}

func TestSetPoints(t *testing.T) {
	given := []Point{{1, 10}, {2, 15}}
	var x Features
	x.SetPoints(given)
	given[0].MiB = 99
	if x.Points()[0].MiB != 10 || x.Known() != Of(DirtyCurve) || !math.IsNaN(x.Get(DirtyCurve)) {
		t.Errorf("%+v", x)
	}
	for _, none := range [][]Point{nil, {}} {
		x.SetPoints(given)
		x.SetPoints(none)
		if x.Points() != nil || !x.Equal(Features{}) {
			t.Errorf("%+v", x)
		}
	}
}

func TestSetPanicsForTheCurve(t *testing.T) {
	defer func() {
		if recover() != "migration: dirty_curve is not a number" {
			t.Error("no panic")
		}
	}()
	new(Features).Set(DirtyCurve, 1)
}

func TestOnly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, s := drawFeatures(t), Set(rapid.Uint32().Draw(t, "set"))
		kept := x.Only(s)
		if kept.Known() != x.Known()&s || (kept.Points() != nil) != kept.Known().Has(DirtyCurve) {
			t.Fatalf("%s of %s left %s", s, x.Known(), kept.Known())
		}
		for f := range Feature(Count) {
			if want := x.Format(f, ','); s.Has(f) && kept.Format(f, ',') != want {
				t.Fatalf("%s: %s, want %s", f, kept.Format(f, ','), want)
			}
		}
		if !x.Only(Everything).Equal(x) || !x.Only(0).Equal(Features{}) || !kept.Only(s).Equal(kept) {
			t.Fatal("not a projection")
		}
	})
}

// Taking one feature after another from y turns x into y.
func TestWith(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := drawFeatures(t), drawFeatures(t)
		before := x
		z := x
		for _, f := range rapid.Permutation(allFeatures()).Draw(t, "order") {
			next := z.With(f, y)
			if next.Format(f, ',') != y.Format(f, ',') || !next.Only(Everything&^Of(f)).Equal(z.Only(Everything&^Of(f))) {
				t.Fatalf("With(%s) of %+v is %+v", f, z, next)
			}
			z = next
		}
		if !z.Equal(y) || !x.Equal(before) {
			t.Fatalf("%+v, want %+v", z, y)
		}
	})
}

func TestOr(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y, z := drawFeatures(t), drawFeatures(t), drawFeatures(t)
		before, both := x, x.Or(y)
		if !both.Only(x.Known()).Equal(x) || !both.Only(Everything&^x.Known()).Equal(y.Only(Everything&^x.Known())) {
			t.Fatalf("%+v or %+v is %+v", x, y, both)
		}
		if !x.Or(Features{}).Equal(x) || !(Features{}).Or(x).Equal(x) || !both.Or(z).Equal(x.Or(y.Or(z))) || !x.Equal(before) {
			t.Fatalf("%+v, %+v and %+v break a law", x, y, z)
		}
	})
}

func allFeatures() []Feature {
	var all []Feature
	for f := range Everything.All() {
		all = append(all, f)
	}
	return all
}

func TestEqual(t *testing.T) {
	x := sample()
	if !x.Equal(sample()) {
		t.Error("the same is not equal")
	}
	for f := range Feature(Count) {
		y := sample().With(f, Features{})
		if x.Equal(y) || y.Equal(x) {
			t.Errorf("without %s it is the same: is it in sample()?", f)
		}
		if f != DirtyCurve {
			y.Set(f, 0)
			if x.Equal(y) {
				t.Errorf("with another %s it is the same", f)
			}
		}
	}
	y := sample()
	y.SetPoints([]Point{{0.1, 3.4}, {1, 12}, {10, 41}})
	if x.Equal(y) {
		t.Error("with another curve it is the same")
	}
}
