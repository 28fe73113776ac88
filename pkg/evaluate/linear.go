package evaluate

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"

	"vmmp/pkg/migration"
)

// decades is where a feature's range counts as spanning decades: one whose upper bound is at least this enters as log(1
// + value). That leaves percentages and booleans as they are and takes the logarithm of all throughputs, sizes, counts
// and times, of which equal ratios, not equal differences, are equally far apart.
const decades = 1000

// ridge is the penalty on each standardised coefficient, per row. It shrinks a coefficient of its own by a
// ten-thousandth; where columns say the same it makes them share.
const ridge = 1e-4

// curveSeconds are the windows at which a dirty curve enters.
var curveSeconds = []float64{0.1, 0.3, 1, 3, 10}

// Linear returns the baseline of a linear regression: least squares of log y, ridge- stabilised, on every scalar
// feature up to auto_converge and on the dirty curve at 0.1, 0.3, 1, 3 and 10 s, as far as it was measured. A value is
// standardised; one whose upper bound is at least 1000, and the curve's MiB, enter as log(1 + value). An unknown value
// is the training mean and has a 0/1 column of its own. Columns that are constant in training are left out. Its points
// stay within a tenth of the least and ten times the greatest training y, since the exponential of a line knows no
// bounds.
func Linear(x []migration.Features, y []float64) (*Baseline, error) {
	mustMatch(len(x), len(y))
	if err := checkTargets(y); err != nil {
		return nil, err
	}
	line, err := fitLine(x, y)
	if err != nil {
		return nil, err
	}
	return NewBaseline(line.at, x, y)
}

// line is a fitted regression. A column's standardised value is (value - mean) * scale; scale 0 leaves the column out.
type line struct {
	mean, scale, weight []float64
	intercept           float64
	least, most         float64 // bounds of the answer
}

func fitLine(x []migration.Features, y []float64) (*line, error) {
	design := mat.NewDense(len(x), 2*inputs, nil)
	for i := range x {
		columns(design.RawRowView(i), x[i])
	}
	l := &line{least: slices.Min(y) / 10, most: slices.Max(y) * 10}
	l.standardise(design)
	target := logs(y)
	l.intercept = stat.Mean(target, nil)
	for i := range target {
		target[i] -= l.intercept
	}
	return l, l.solve(design, target)
}

// standardise learns each column's mean and scale from its known values and applies them.
func (l *line) standardise(design *mat.Dense) {
	n, p := design.Dims()
	l.mean, l.scale = make([]float64, p), make([]float64, p)
	column := make([]float64, n)
	for j := range p {
		mat.Col(column, j, design)
		known := slices.DeleteFunc(column, math.IsNaN)
		if varies(known) {
			mean, deviation := stat.PopMeanStdDev(known, nil)
			l.mean[j], l.scale[j] = mean, 1/deviation
		}
	}
	for i := range n {
		l.apply(design.RawRowView(i))
	}
}

// varies reports whether values differ by more than rounding.
func varies(known []float64) bool {
	if len(known) == 0 {
		return false
	}
	least, most := slices.Min(known), slices.Max(known)
	return most-least > 1e-9*math.Abs(most)
}

// apply standardises one row in place.
func (l *line) apply(row []float64) {
	for j, v := range row {
		if math.IsNaN(v) {
			row[j] = 0
		} else {
			row[j] = (v - l.mean[j]) * l.scale[j]
		}
	}
}

// solve finds the weights w with (X'X + ridge n I) w = X'y.
func (l *line) solve(design *mat.Dense, target []float64) error {
	n, p := design.Dims()
	var gram mat.SymDense
	gram.SymOuterK(1, design.T())
	for j := range p {
		gram.SetSym(j, j, gram.At(j, j)+ridge*float64(n))
	}
	var right, weight mat.VecDense
	right.MulVec(design.T(), mat.NewVecDense(n, target))
	var cholesky mat.Cholesky
	if !cholesky.Factorize(&gram) {
		return fmt.Errorf("fit linear baseline: features are not finite")
	}
	if err := cholesky.SolveVecTo(&weight, &right); err != nil {
		return fmt.Errorf("fit linear baseline: %w", err)
	}
	l.weight = weight.RawVector().Data
	return nil
}

// at returns the line's prediction for x.
func (l *line) at(x migration.Features) float64 {
	var row [2 * inputs]float64
	columns(row[:], x)
	l.apply(row[:])
	sum := l.intercept
	for j, v := range row {
		sum += l.weight[j] * v
	}
	return min(max(math.Exp(sum), l.least), l.most)
}

// inputs is the number of values a VM enters with; each has a second column that says whether it is unknown.
const inputs = measured - 1 + 5

// measured is the number of features that enter, the dirty curve among them: the first ones of the table. Those behind
// them say how a VM is moved and by what, of which a line can make nothing.
const measured = int(migration.AutoConverge) + 1

// columns writes the values of x, NaN where unknown, then the 0/1 columns.
func columns(dst []float64, x migration.Features) {
	j := 0
	for _, d := range migration.Definitions[:measured] {
		if d.Kind == migration.Points {
			continue
		}
		dst[j] = x.Get(d.Feature)
		if d.Max >= decades {
			dst[j] = math.Log1p(dst[j])
		}
		j++
	}
	curve := x.Curve()
	for _, seconds := range curveSeconds {
		dst[j] = math.Log1p(curve.Measured(seconds))
		j++
	}
	for i := range j {
		dst[inputs+i] = one(math.IsNaN(dst[i]))
	}
}
