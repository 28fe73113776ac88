package forest

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// heteroscedastic draws rows whose spread depends on the first column, and whose groups share a part of their noise.
func heteroscedastic(seed uint64, rows, groupRows int) Data {
	random := rand.New(rand.NewPCG(seed, 0))
	d := Data{X: mat.NewDense(rows, 3, nil), Y: make([]float64, rows), Groups: make([]int, rows)}
	shared := 0.0
	for i := range d.Y {
		if i%groupRows == 0 {
			shared = random.NormFloat64()
		}
		x := []float64{random.Float64(), random.Float64(), random.Float64()}
		d.X.(*mat.Dense).SetRow(i, x)
		d.Y[i] = 10*x[0] + 5*x[1]*x[1] + (0.2+2*x[0])*(random.NormFloat64()+shared)
		d.Groups[i] = i / groupRows
	}
	return d
}

// coverage returns the share of d's targets within c's intervals where the given columns are unknown, and the mean
// width.
func coverage(c *Conformal, d Data, unknown []int) (share, width float64) {
	x := mat.DenseCopyOf(d.X)
	for _, column := range unknown {
		for i := range d.Y {
			x.Set(i, column, nan)
		}
	}
	intervals := c.Intervals(nil, x)
	n := float64(len(d.Y))
	for i, y := range d.Y {
		low, high := intervals.At(i, 0), intervals.At(i, 1)
		width += (high - low) / n
		if low <= y && y <= high {
			share += 1 / n
		}
	}
	return share, width
}

// TestConformalCovers checks the coverage over 20 draws of data and forest: for fully grown trees, whose plain
// quantiles cover too little, and for large leaves, with and without groups, with and without unknown columns.
func TestConformalCovers(t *testing.T) {
	const seeds, rows = 20, 600
	for _, test := range []struct {
		name    string
		level   float64
		config  Config
		group   int
		unknown []int
	}{
		{"fully grown", 0.9, Config{Trees: 60}, 1, nil},
		{"large leaves", 0.9, Config{Trees: 60, MinLeaf: 10, LeafSamples: 8}, 1, nil},
		{"level 0.6", 0.6, Config{Trees: 60, MinLeaf: 5}, 1, nil},
		{"groups", 0.9, Config{Trees: 60, MinLeaf: 5}, 4, nil},
		{"a column unknown", 0.9, Config{Trees: 60, MinLeaf: 5}, 1, []int{0}},
		{"two unknown", 0.9, Config{Trees: 60, MinLeaf: 5}, 1, []int{0, 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var shares []float64
			for seed := range uint64(seeds) {
				d := heteroscedastic(2*seed+1, rows, test.group)
				test.config.Seed = seed
				c, err := mustOutOfBag(t, mustFit(t, d, test.config), d).Conformal(test.level, test.unknown...)
				if err != nil {
					t.Fatal(err)
				}
				share, _ := coverage(c, heteroscedastic(2*seed+2, 1500, test.group), test.unknown)
				shares = append(shares, share)
			}
			mean := sumOf(shares) / seeds
			t.Logf("coverage %.4f on average, %.4f to %.4f", mean, slices.Min(shares), slices.Max(shares))
			if mean < test.level-0.01 || mean > test.level+0.03 {
				t.Errorf("intervals of level %v cover %.4f", test.level, mean)
			}
			// Calibration is on 600 rows, or 150 groups, and the test on few rows, too.
			noise := 4 * math.Sqrt(test.level*(1-test.level)*float64(test.group)*(1./rows+1./1500))
			if low := slices.Min(shares); low < test.level-noise {
				t.Errorf("those of one seed cover %.4f", low)
			}
		})
	}
}

// TestConformalFollowsTheSpread checks that intervals are narrow where they can be.
func TestConformalFollowsTheSpread(t *testing.T) {
	d := heteroscedastic(1, 2000, 1)
	f := mustFit(t, d, Config{Trees: 60, MinLeaf: 5})
	c, err := mustOutOfBag(t, f, d).Conformal(0.9)
	if err != nil {
		t.Fatal(err)
	}
	l, h := c.IntervalRow([]float64{0.05, 0.5, 0.5})
	low, high := c.IntervalRow([]float64{0.95, 0.5, 0.5})
	if ratio := (high - low) / (h - l); ratio < 2 {
		t.Errorf("intervals are %.2f times as wide where the spread is seven times", ratio)
	}
	_, known := coverage(c, d, nil)
	masked, err := mustOutOfBag(t, f, d).Conformal(0.9, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, unknown := coverage(masked, d, []int{0}); unknown < 1.2*known {
		t.Errorf("width %.2f without the column that matters, %.2f with it", unknown, known)
	}
}

func TestConformalIntervalsNeverCross(t *testing.T) {
	// The forest predicts these targets exactly out of bag, too.
	d := Data{X: mat.NewDense(40, 1, nil), Y: make([]float64, 40)}
	for i := range d.Y {
		d.X.(*mat.Dense).Set(i, 0, float64(i%2))
		d.Y[i] = float64(i % 2)
	}
	c, err := mustOutOfBag(t, mustFit(t, d, Config{}), d).Conformal(0.9)
	if err != nil {
		t.Fatal(err)
	}
	if low, high := c.IntervalRow([]float64{1}); low != 1 || high != 1 || c.Margin() != 0 {
		t.Errorf("interval [%v, %v], margin %v", low, high, c.Margin())
	}
	c.margin = -0.3
	if low, high := c.IntervalRow([]float64{1}); low != 1 || high != 1 {
		t.Errorf("crossed interval [%v, %v]", low, high)
	}
}

func TestConformalRefuses(t *testing.T) {
	d := friedman1(1, 30, 5)
	o := mustOutOfBag(t, mustFit(t, d, Config{Trees: 20}), d)
	for name, test := range map[string]struct {
		level   float64
		unknown []int
		want    error
	}{
		"level 0":      {0, nil, ErrConfig},
		"level 1":      {1, nil, ErrConfig},
		"level NaN":    {nan, nil, ErrConfig},
		"column -1":    {0.9, []int{-1}, ErrConfig},
		"column 5":     {0.9, []int{0, 5}, ErrConfig},
		"few rows":     {0.99, nil, ErrFewRows},
		"enough":       {0.9, []int{4}, nil},
		"column twice": {0.9, []int{4, 4}, nil},
	} {
		if c, err := o.Conformal(test.level, test.unknown...); !errors.Is(err, test.want) || (c == nil) != (err != nil) {
			t.Errorf("%s: error %v, want %v", name, err, test.want)
		}
	}
	all := mustOutOfBag(t, mustFit(t, d, Config{Trees: 3, NoBootstrap: true}), d)
	if _, err := all.Conformal(0.5); !errors.Is(err, ErrFewRows) {
		t.Errorf("without a bootstrap: error %v", err)
	}
	none := mustOutOfBag(t, mustFit(t, d, Config{Trees: 3, LeafSamples: -1}), d)
	mustPanic(t, panicNoLeafRows, func() { _, _ = none.Conformal(0.5) })
	c, err := o.Conformal(0.9)
	if err != nil {
		t.Fatal(err)
	}
	mustPanic(t, panicFeatures, func() { c.IntervalRow(make([]float64, 4)) })
	mustPanic(t, panicFeatures, func() { c.Intervals(nil, column(1)) })
	mustPanic(t, panicDestination, func() { c.Intervals(mat.NewDense(30, 3, nil), d.X) })
}
