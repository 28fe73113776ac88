package forest

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Data holds the rows to learn from. Fit reads it and keeps no reference.
type Data struct {
	// X holds a row per observation and a column per feature. NaN is an unknown value. Values are rounded to float32,
	// those beyond its range to the largest float32; infinities are refused.
	X mat.Matrix

	// Y holds the target of each row: finite, within the range of float32.
	Y []float64

	// Weights holds the weight of each row, nil meaning 1 each: finite, not negative, not all 0. A row of weight 0
	// takes no part, as if absent. Only ratios of weights matter; a weight below 2^-500 of the largest counts as 0.
	Weights []float64

	// Groups holds the group of each row, nil meaning a group of its own for each. The rows of a group are drawn into a
	// bag, or left out of it, together: out-of-bag predictions then tell how the forest does on groups it has not seen.
	Groups []int
}

// The largest data that a forest can be fitted to.
const (
	MaxRows    = 1 << 30
	MaxColumns = 1<<15 - 1
)

// dataset is Data after validation, in the precision in which the trees compare.
type dataset struct {
	rows, columns int
	x             []float32 // row-major
	y             []float64
	weight        []float64 // scaled into [0, 1]
	weighted      bool      // not all weights are equal
	rank          []uint32  // of each row in the order of targets; nil if leaves keep no rows
	unit          []int32   // the bootstrap unit of each row; units if it has none
	units         int
}

// newDataset validates d and copies what training needs of it.
func newDataset(d Data) (*dataset, error) {
	s := &dataset{}
	if d.X != nil {
		s.rows, s.columns = d.X.Dims()
	}
	if err := s.checkShape(d); err != nil {
		return nil, err
	}
	if err := s.readFeatures(d.X); err != nil {
		return nil, err
	}
	if err := s.readTargets(d.Y); err != nil {
		return nil, err
	}
	if err := s.readWeights(d.Weights); err != nil {
		return nil, err
	}
	s.formUnits(d.Groups)
	return s, nil
}

func (s *dataset) checkShape(d Data) error {
	switch {
	case s.rows == 0:
		return ErrNoRows
	case s.columns == 0:
		return ErrNoColumns
	case s.rows > MaxRows:
		return fmt.Errorf("%w: %d", ErrTooManyRows, s.rows)
	case s.columns > MaxColumns:
		return fmt.Errorf("%w: %d", ErrTooManyColumns, s.columns)
	case len(d.Y) != s.rows:
		return fmt.Errorf("%w: %d targets for %d rows", ErrLength, len(d.Y), s.rows)
	case d.Weights != nil && len(d.Weights) != s.rows:
		return fmt.Errorf("%w: %d weights for %d rows", ErrLength, len(d.Weights), s.rows)
	case d.Groups != nil && len(d.Groups) != s.rows:
		return fmt.Errorf("%w: %d groups for %d rows", ErrLength, len(d.Groups), s.rows)
	}
	return nil
}

func (s *dataset) readFeatures(x mat.Matrix) error {
	s.x = make([]float32, s.rows*s.columns)
	row := make([]float64, s.columns)
	for i := range s.rows {
		mat.Row(row, i, x)
		for j, v := range row {
			if math.IsInf(v, 0) {
				return fmt.Errorf("%w: row %d, column %d", ErrInfinite, i, j)
			}
			s.x[i*s.columns+j] = round32(v)
		}
	}
	return nil
}

func (s *dataset) readTargets(y []float64) error {
	for i, v := range y {
		// The negation also catches NaN.
		if !(math.Abs(v) <= math.MaxFloat32) {
			return fmt.Errorf("%w: row %d is %v", ErrTarget, i, v)
		}
	}
	s.y = append(s.y, y...)
	return nil
}

// negligible is the smallest weight that counts beside a largest one of about 1: the product of two such weights can
// still be a divisor.
const negligible = 0x1p-500

// readWeights scales the weights by a power of two, which is exact, so that no sum of them overflows.
func (s *dataset) readWeights(w []float64) error {
	s.weight = make([]float64, s.rows)
	if w == nil {
		for i := range s.weight {
			s.weight[i] = 1
		}
		return nil
	}
	largest := 0.0
	for i, v := range w {
		if !(v >= 0) || math.IsInf(v, 0) {
			return fmt.Errorf("%w: row %d has %v", ErrWeight, i, v)
		}
		largest = max(largest, v)
		s.weighted = s.weighted || v != w[0]
	}
	if largest == 0 {
		return fmt.Errorf("%w: all are 0", ErrWeight)
	}
	_, exponent := math.Frexp(largest)
	for i, v := range w {
		if v = math.Ldexp(v, -exponent); v >= negligible {
			s.weight[i] = v
		}
	}
	return nil
}

// formUnits numbers the units that the bootstrap draws: the groups that hold a row of positive weight, in order of
// appearance. All other rows share the number s.units, which no bag ever draws.
func (s *dataset) formUnits(groups []int) {
	s.unit = make([]int32, s.rows)
	number := make(map[int]int32)
	for i := range s.unit {
		if s.weight[i] == 0 {
			continue
		}
		g := i
		if groups != nil {
			g = groups[i]
		}
		if _, ok := number[g]; !ok {
			number[g] = int32(len(number))
		}
	}
	s.units = len(number)
	for i := range s.unit {
		g := i
		if groups != nil {
			g = groups[i]
		}
		u, ok := number[g]
		if !ok {
			u = int32(s.units)
		}
		s.unit[i] = u
	}
}

// row returns the features of row i.
func (s *dataset) row(i int) []float32 {
	return s.x[i*s.columns : (i+1)*s.columns]
}
