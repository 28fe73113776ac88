package estimate

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
	"vmmp/pkg/model/internal/modeltest"
	"vmmp/pkg/precopy"
)

func TestLeastTotalMS(t *testing.T) {
	known := func(values map[migration.Feature]float64) migration.Features {
		var x migration.Features
		x.Set(migration.ResidentMiB, 4096)
		x.Set(migration.MemoryMiB, 8192)
		x.Set(migration.NetworkBandwidth, 1000)
		for f, v := range values {
			x.Set(f, v)
		}
		return x
	}
	at := func(mib, mbps float64) float64 { return mib / (mbps * precopy.MiBPerMbit) * 1000 }
	nan := math.NaN()
	for _, c := range []struct {
		name string
		x    migration.Features
		want float64
	}{
		{"the first round", known(nil), at(4096-unsentMiB, 1000)},
		{"a cap", known(map[migration.Feature]float64{migration.BandwidthCap: 500}), at(4096-unsentMiB, 500)},
		{"a cap that does not bind", known(map[migration.Feature]float64{migration.BandwidthCap: 5000}), at(4096-unsentMiB, 1000)},
		{"a guest of less than its process", known(map[migration.Feature]float64{migration.MemoryMiB: 2048}), at(2048-unsentMiB, 1000)},
		{"next to nothing", known(map[migration.Feature]float64{migration.ResidentMiB: 100}), 0},
		{"no memory is known", known(map[migration.Feature]float64{migration.ResidentMiB: nan}), 0},
		{"no link is known", known(map[migration.Feature]float64{migration.NetworkBandwidth: nan}), 0},
		{"fewer bytes", known(map[migration.Feature]float64{migration.Compression: migration.CompressionZstd}), 0},
		{"bytes as they are", known(map[migration.Feature]float64{migration.Compression: migration.CompressionNone}), at(4096-unsentMiB, 1000)},
		{"memory that stays", known(map[migration.Feature]float64{migration.Method: migration.MethodCPR}), 0},
		{"post-copy", known(map[migration.Feature]float64{migration.Method: migration.MethodPostcopy}), at(4096-unsentMiB, 1000)},
		{"huge pages, of which all are resident", known(map[migration.Feature]float64{migration.HugePages: 1}), 0},
		{"nothing known", migration.Features{}, 0},
	} {
		modeltest.Near(t, c.name, leastTotalMS(c.x), c.want)
	}
}

func TestForecastsThatAreBoundedAndLate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var f evaluate.Forecast
		f.Point, f.Confidence = rapid.Float64Range(1, 1e6).Draw(t, "point"), 0.4
		f.Lower, f.Upper = f.Point/2, f.Point*3
		for i := range f.Quantiles {
			f.Quantiles[i] = f.Lower + float64(i)*(f.Upper-f.Lower)/18
		}
		ms := rapid.Float64Range(0, 2e6).Draw(t, "ms")
		bounded, late := atLeast(f, ms), after(f, ms)
		for i, q := range f.Quantiles {
			if bounded.Quantiles[i] != max(q, ms) || late.Quantiles[i] != q+ms {
				t.Fatalf("quantile %v: at least %v, after %v", q, bounded.Quantiles[i], late.Quantiles[i])
			}
		}
		if bounded.Point != max(f.Point, ms) || bounded.Lower != max(f.Lower, ms) || bounded.Upper != max(f.Upper, ms) {
			t.Fatalf("%+v is at least %v: %+v", f, ms, bounded)
		}
		if late.Point != f.Point+ms || late.Lower != f.Lower+ms || late.Upper != f.Upper+ms {
			t.Fatalf("%+v after %v: %+v", f, ms, late)
		}
		if bounded.Confidence != f.Confidence || late.Confidence != f.Confidence {
			t.Fatal("a confidence changes")
		}
	})
	if got := atLeast(unknown, 5); !math.IsNaN(got.Point) || !math.IsNaN(got.Lower) || !math.IsNaN(got.Upper) {
		t.Errorf("what is not known is at least 5 ms: %+v", got)
	}
}
