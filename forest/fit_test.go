package forest

import (
	"bytes"
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// shape is a matrix of zeros of any shape, even one that mat.Dense does not allow.
type shape struct{ rows, columns int }

func (s shape) Dims() (r, c int)      { return s.rows, s.columns }
func (s shape) At(int, int) float64   { return 0 }
func (s shape) T() mat.Matrix         { return shape{s.columns, s.rows} }
func features(rows, columns int) Data { return Data{X: shape{rows, columns}, Y: make([]float64, rows)} }

func TestFitRefuses(t *testing.T) {
	x := column(1, 2)
	y := []float64{1, 2}
	for _, test := range []struct {
		name   string
		data   Data
		config Config
		want   error
		detail string
	}{
		{"no matrix", Data{}, Config{}, ErrNoRows, ""},
		{"no rows", features(0, 3), Config{}, ErrNoRows, ""},
		{"no columns", features(3, 0), Config{}, ErrNoColumns, ""},
		{"too many rows", Data{X: shape{MaxRows + 1, 1}}, Config{}, ErrTooManyRows, "1073741825"},
		{"too many columns", features(1, MaxColumns+1), Config{}, ErrTooManyColumns, "32768"},
		{"targets", Data{X: x, Y: y[:1]}, Config{}, ErrLength, "1 targets for 2 rows"},
		{"weights", Data{X: x, Y: y, Weights: []float64{}}, Config{}, ErrLength, "0 weights for 2 rows"},
		{"groups", Data{X: x, Y: y, Groups: []int{1, 2, 3}}, Config{}, ErrLength, "3 groups for 2 rows"},
		{"infinite feature", Data{X: column(1, math.Inf(-1)), Y: y}, Config{}, ErrInfinite, "row 1, column 0"},
		{"NaN target", Data{X: x, Y: []float64{1, nan}}, Config{}, ErrTarget, "row 1 is NaN"},
		{"infinite target", Data{X: x, Y: []float64{math.Inf(1), 0}}, Config{}, ErrTarget, "row 0 is +Inf"},
		{"huge target", Data{X: x, Y: []float64{1, -1e39}}, Config{}, ErrTarget, "row 1 is -1e+39"},
		{"negative weight", Data{X: x, Y: y, Weights: []float64{1, -1}}, Config{}, ErrWeight, "row 1 has -1"},
		{"NaN weight", Data{X: x, Y: y, Weights: []float64{nan, 1}}, Config{}, ErrWeight, "row 0 has NaN"},
		{"infinite weight", Data{X: x, Y: y, Weights: []float64{1, math.Inf(1)}}, Config{}, ErrWeight, "row 1"},
		{"no weight", Data{X: x, Y: y, Weights: []float64{0, 0}}, Config{}, ErrWeight, "all are 0"},
		{"trees", Data{X: x, Y: y}, Config{Trees: -1}, ErrConfig, "Trees is -1"},
		{"max features", Data{X: x, Y: y}, Config{MaxFeatures: -2}, ErrConfig, "MaxFeatures is -2"},
		{"min leaf", Data{X: x, Y: y}, Config{MinLeaf: -1}, ErrConfig, "MinLeaf is -1"},
		{"max depth", Data{X: x, Y: y}, Config{MaxDepth: -1}, ErrConfig, "MaxDepth is -1"},
		{"workers", Data{X: x, Y: y}, Config{Workers: -1}, ErrConfig, "Workers is -1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			f, err := Fit(context.Background(), test.data, test.config)
			if f != nil || !errors.Is(err, test.want) {
				t.Fatalf("error %v, want %v", err, test.want)
			}
			if !strings.HasPrefix(err.Error(), "forest: ") || !strings.Contains(err.Error(), test.detail) {
				t.Errorf("message %q, want it to contain %q", err, test.detail)
			}
		})
	}
}

func TestForestDimensions(t *testing.T) {
	f := mustFit(t, friedman1(1, 50, 6), Config{})
	if f.Columns() != 6 || f.Trees() != 100 || f.Rows() != 50 {
		t.Errorf("%d columns, %d trees, %d rows; want 6, 100, 50", f.Columns(), f.Trees(), f.Rows())
	}
}

func TestWorkersDoNotMatter(t *testing.T) {
	d := withMissing(friedman1(1, 500, 10), 0.2)
	c := Config{Trees: 9, MaxFeatures: 3, LeafSamples: 2, MinLeaf: 5}
	var want []byte
	for _, workers := range []int{0, 1, 2, 5, 50} {
		c.Workers = workers
		got := mustEncode(t, mustFit(t, d, c))
		if want == nil {
			want = got
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%d workers grow another forest", workers)
		}
	}
}

func TestSeedMatters(t *testing.T) {
	d := friedman1(1, 100, 5)
	a, b := mustFit(t, d, Config{Trees: 5, Seed: 1}), mustFit(t, d, Config{Trees: 5, Seed: 2})
	if slices.Equal(a.Predict(nil, d.X), b.Predict(nil, d.X)) {
		t.Error("two seeds grow the same forest")
	}
}

func TestFitKeepsNoReference(t *testing.T) {
	d := friedman1(1, 100, 5)
	f := mustFit(t, d, Config{Trees: 5})
	want := mustEncode(t, f)
	clear(d.Y)
	d.X.(*mat.Dense).Zero()
	if !bytes.Equal(mustEncode(t, f), want) {
		t.Error("changing the data changes the forest")
	}
}

func TestProgress(t *testing.T) {
	var running atomic.Bool
	var calls []int
	mustFit(t, friedman1(1, 100, 5), Config{Trees: 20, Workers: 4, Progress: func(done, total int) {
		if !running.CompareAndSwap(false, true) {
			t.Error("calls overlap")
		}
		defer running.Store(false)
		if total != 20 {
			t.Errorf("total %d, want 20", total)
		}
		calls = append(calls, done)
	}})
	for i, done := range calls {
		if done != i+1 {
			t.Fatalf("calls %v, want 1 to 20 in order", calls)
		}
	}
	if len(calls) != 20 {
		t.Errorf("%d calls, want 20", len(calls))
	}
}

func TestFitIsCancelledBetweenTrees(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	last := 0
	f, err := Fit(ctx, friedman1(1, 300, 5), Config{Trees: 1000, Workers: 2, Progress: func(done, _ int) {
		last = done
		if done == 3 {
			cancel()
		}
	}})
	if f != nil || !errors.Is(err, context.Canceled) || !strings.HasPrefix(err.Error(), "forest: ") {
		t.Errorf("error %v, want context.Canceled", err)
	}
	if last > 5 {
		t.Errorf("%d trees grown, cancelled after 3", last)
	}
}

// countdown is a context that ends once its Err was called a given number of times.
type countdown struct {
	context.Context
	left, late atomic.Int64
}

func (c *countdown) Err() error {
	if c.left.Add(-1) >= 0 {
		return nil
	}
	c.late.Add(1)
	return context.DeadlineExceeded
}

// TestFitIsCancelledAnywhere ends the context at every point of a fit.
func TestFitIsCancelledAnywhere(t *testing.T) {
	d := friedman1(1, 60, 5)
	for after := int64(0); ; after++ {
		ctx := &countdown{Context: context.Background()}
		ctx.left.Store(after)
		_, err := Fit(ctx, d, Config{Trees: 3, Workers: 2})
		if err == nil {
			if after < 60 {
				t.Errorf("the context was checked only %d times", after)
			}
			return
		}
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("after %d: error %v", after, err)
		}
		if late := ctx.late.Load(); late > 6 {
			t.Fatalf("after %d: checked %d more times", after, late)
		}
	}
}
