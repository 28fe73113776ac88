package estimate

import (
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"

	"vmmp/forest"
	"vmmp/pkg/evaluate"
	"vmmp/pkg/precopy"
)

// saying is what an expert answers, whatever it is asked: logarithms of ms or, where it is a residual, of factors on
// what the physics says.
type saying struct {
	residual        bool
	downtime, total []float64 // a sample each; nil: it has not learned of it
	converges       float64
}

func (s saying) expert(t testing.TB) *Expert {
	t.Helper()
	e := &Expert{Place: precopy.Typical}
	mode := Alone
	if s.residual {
		mode = Residual
	}
	learn := func(target evaluate.Target, sample []float64) Regressor {
		l := Learner{Target: target, Mode: mode, Forest: forestOf(t, sample)}
		return Regressor{Target: target, Learners: [2]Learner{l, l}}
	}
	e.Downtime, e.Total = learn(evaluate.Downtime, s.downtime), learn(evaluate.TotalTime, s.total)
	e.Converge.Forest = forestOf(t, []float64{s.converges})
	return e
}

// forestOf returns a forest of one leaf, which answers with all these targets whatever it is asked; nil without any.
func forestOf(t testing.TB, targets []float64) *forest.Forest {
	t.Helper()
	if len(targets) == 0 {
		return nil
	}
	return grow(t, mat.NewDense(len(targets), len(columns), nil), targets)
}

// forestBy returns a forest that answers with one sample where the column is 0, with the other where it is 1.
func forestBy(t testing.TB, name string, at0, at1 []float64) *forest.Forest {
	t.Helper()
	x := mat.NewDense(len(at0)+len(at1), len(columns), nil)
	j := slices.Index(ColumnNames(), name)
	for i := range at1 {
		x.Set(len(at0)+i, j, 1)
	}
	return grow(t, x, slices.Concat(at0, at1))
}

func grow(t testing.TB, x *mat.Dense, targets []float64) *forest.Forest {
	t.Helper()
	f, err := forest.Fit(t.Context(), forest.Data{X: x, Y: targets},
		forest.Config{Trees: 1, NoBootstrap: true, MaxDepth: 1})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// normal returns a sample that is spread as evenly as a normal distribution is.
func normal(mean, sigma float64) []float64 {
	const n = 101
	sample := make([]float64, n)
	for i := range sample {
		sample[i] = distuv.Normal{Mu: mean, Sigma: sigma}.Quantile((float64(i) + 0.5) / n)
	}
	return sample
}

// near fails the test unless got is want but for what interpolation between quantiles loses.
func near(t testing.TB, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}
