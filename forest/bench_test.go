package forest

import (
	"fmt"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// benchmarkSize is a size of data, and the settings, to measure with.
type benchmarkSize struct {
	rows, columns int
	missing       float64
	config        Config
}

func (r benchmarkSize) String() string {
	return fmt.Sprintf("%dx%d/missing=%g/leaf=%d", r.rows, r.columns, r.missing, max(r.config.MinLeaf, 1))
}

func (r benchmarkSize) data() Data {
	if r.columns == 4 {
		return loads(1, r.rows, r.columns)
	}
	return withMissing(friedman1(1, r.rows, r.columns), r.missing)
}

var benchmarkSizes = []benchmarkSize{
	{1_000, 4, 0, Config{}},
	{10_000, 10, 0, Config{}},
	{80_000, 25, 0.4, Config{MinLeaf: 20}},
}

// benchmarkForests runs measure on a forest of every size.
func benchmarkForests(b *testing.B, config func(*Config), measure func(b *testing.B, f *Forest, d Data)) {
	for _, r := range benchmarkSizes {
		b.Run(r.String(), func(b *testing.B) {
			d := r.data()
			config(&r.config)
			f := mustFit(b, d, r.config)
			b.ReportAllocs()
			b.ResetTimer()
			measure(b, f, d)
		})
	}
}

func unchanged(*Config) {}

func BenchmarkFit(b *testing.B) {
	for _, r := range benchmarkSizes {
		b.Run(r.String(), func(b *testing.B) {
			d := r.data()
			b.ReportAllocs()
			for b.Loop() {
				mustFit(b, d, r.config)
			}
		})
	}
}

func BenchmarkPredictRow(b *testing.B) {
	benchmarkForests(b, unchanged, func(b *testing.B, f *Forest, d Data) {
		x := d.X.(*mat.Dense)
		for i := 0; b.Loop(); i++ {
			f.PredictRow(x.RawRowView(i % f.Rows()))
		}
	})
}

func BenchmarkPredictBatch(b *testing.B) {
	benchmarkForests(b, unchanged, func(b *testing.B, f *Forest, d Data) {
		dst := make([]float64, f.Rows())
		for b.Loop() {
			f.Predict(dst, d.X)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(f.Rows()), "ns/row")
	})
}

func BenchmarkQuantiles(b *testing.B) {
	benchmarkForests(b, unchanged, func(b *testing.B, f *Forest, d Data) {
		x := d.X.(*mat.Dense).Slice(0, 500, 0, f.Columns())
		dst := mat.NewDense(500, 3, nil)
		for b.Loop() {
			f.Quantiles(dst, x, 0.05, 0.5, 0.95)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/500, "ns/row")
	})
}

func BenchmarkQuantilesRow(b *testing.B) {
	benchmarkForests(b, unchanged, func(b *testing.B, f *Forest, d Data) {
		x, dst := d.X.(*mat.Dense), make([]float64, 2)
		for i := 0; b.Loop(); i++ {
			f.QuantilesRow(dst, x.RawRowView(i%f.Rows()), 0.05, 0.95)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	for _, samples := range []int{-1, 8, 0} {
		b.Run(fmt.Sprintf("samples=%d", samples), func(b *testing.B) {
			benchmarkForests(b, func(c *Config) { c.LeafSamples = samples }, func(b *testing.B, f *Forest, d Data) {
				data := mustEncode(b, f)
				b.SetBytes(int64(len(data)))
				for b.Loop() {
					mustDecode(b, data)
				}
			})
		})
	}
}
