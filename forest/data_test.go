package forest

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
)

var nan = math.NaN()

// mustFit returns the forest fitted to d, and fails the test if there is an error.
func mustFit(t testing.TB, d Data, c Config) *Forest {
	t.Helper()
	f, err := Fit(context.Background(), d, c)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// mustEncode returns the encoding of f.
func mustEncode(t testing.TB, f *Forest) []byte {
	t.Helper()
	data, err := f.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func mustOutOfBag(t testing.TB, f *Forest, d Data) *OutOfBag {
	t.Helper()
	o, err := f.OutOfBag(d)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// column returns a matrix of one column.
func column(values ...float64) *mat.Dense { return mat.NewDense(len(values), 1, values) }

// friedman1 draws the first problem of Friedman (1991), in which the first five columns matter, with noise of standard
// deviation 1.
func friedman1(seed uint64, rows, columns int) Data {
	random := rand.New(rand.NewPCG(seed, 0))
	x, y := mat.NewDense(rows, columns, nil), make([]float64, rows)
	for i := range y {
		r := x.RawRowView(i)
		for j := range r {
			r[j] = random.Float64()
		}
		y[i] = 10*math.Sin(math.Pi*r[0]*r[1]) + 20*(r[2]-0.5)*(r[2]-0.5) + 10*r[3] + 5*r[4] + random.NormFloat64()
	}
	return Data{X: x, Y: y}
}

// loads draws a time that rises with three loads and falls with a bandwidth, each in a range of its own, with noise:
// what a first user would try.
func loads(seed uint64, rows, columns int) Data {
	random := rand.New(rand.NewPCG(seed, 0))
	x, y := mat.NewDense(rows, columns, nil), make([]float64, rows)
	for i := range y {
		r := x.RawRowView(i)
		r[0] = 10 + 85*random.Float64()
		r[1] = 20 + 70*random.Float64()
		r[2] = 200 * random.Float64()
		r[3] = 100 + 900*random.Float64()
		y[i] = 50 + 1.5*r[0] + 0.8*r[1] + 0.3*r[2] + 20_000/r[3] + 15*random.NormFloat64()
	}
	return Data{X: x, Y: y}
}

// withMissing returns d with the given share of its features made unknown.
func withMissing(d Data, share float64) Data {
	random := rand.New(rand.NewPCG(1, 1))
	x := mat.DenseCopyOf(d.X)
	x.Apply(func(_, _ int, v float64) float64 {
		if random.Float64() < share {
			return nan
		}
		return v
	}, x)
	d.X = x
	return d
}

// selectRows returns the given rows of d.
func selectRows(d Data, rows []int) Data {
	_, columns := d.X.Dims()
	p := Data{X: mat.NewDense(len(rows), columns, nil)}
	for i, row := range rows {
		p.X.(*mat.Dense).SetRow(i, mat.Row(nil, row, d.X))
		p.Y = append(p.Y, d.Y[row])
		if d.Weights != nil {
			p.Weights = append(p.Weights, d.Weights[row])
		}
		if d.Groups != nil {
			p.Groups = append(p.Groups, d.Groups[row])
		}
	}
	return p
}

// withColumn returns d with one more column, inserted at the given index.
func withColumn(d Data, at int, value func(row int) float64) Data {
	rows, columns := d.X.Dims()
	x := mat.NewDense(rows, columns+1, nil)
	for i := range rows {
		for j := range columns + 1 {
			switch {
			case j < at:
				x.Set(i, j, d.X.At(i, j))
			case j == at:
				x.Set(i, j, value(i))
			default:
				x.Set(i, j, d.X.At(i, j-1))
			}
		}
	}
	d.X = x
	return d
}

// meanSquare returns the mean squared difference of two slices.
func meanSquare(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += (a[i] - b[i]) * (a[i] - b[i])
	}
	return sum / float64(len(a))
}

// drawData draws small data full of ties, unknown values and zero weights.
func drawData(t *rapid.T) Data {
	rows := rapid.IntRange(1, 25).Draw(t, "rows")
	columns := rapid.IntRange(1, 4).Draw(t, "columns")
	value := rapid.SampledFrom([]float64{-1.5, 0, 1, 2, 3, nan})
	d := Data{X: mat.NewDense(rows, columns, rapid.SliceOfN(value, rows*columns, rows*columns).Draw(t, "x"))}
	target := rapid.SampledFrom([]float64{0, 1, 2, 5, 1000.25})
	d.Y = rapid.SliceOfN(target, rows, rows).Draw(t, "y")
	if rapid.Bool().Draw(t, "weighted") {
		weight := rapid.SampledFrom([]float64{0, 0.3, 1, 2})
		d.Weights = rapid.SliceOfN(weight, rows, rows).Draw(t, "weights")
		d.Weights[rapid.IntRange(0, rows-1).Draw(t, "positive")] = 1
	}
	if rapid.Bool().Draw(t, "grouped") {
		d.Groups = rapid.SliceOfN(rapid.IntRange(-3, 3), rows, rows).Draw(t, "groups")
	}
	return d
}

func drawConfig(t *rapid.T) Config {
	return Config{
		Trees:       rapid.IntRange(1, 4).Draw(t, "trees"),
		MaxFeatures: rapid.IntRange(0, 3).Draw(t, "max features"),
		MinLeaf:     rapid.IntRange(0, 4).Draw(t, "min leaf"),
		MaxDepth:    rapid.IntRange(0, 4).Draw(t, "max depth"),
		LeafSamples: rapid.IntRange(-1, 3).Draw(t, "leaf samples"),
		NoBootstrap: rapid.Bool().Draw(t, "no bootstrap"),
		Seed:        rapid.Uint64().Draw(t, "seed"),
		Workers:     1,
	}
}
