package forest

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"runtime"
	"slices"
)

// Importance returns, per column, the share of the total decrease of the sum of squares that is due to splits on it,
// averaged over the trees (mean decrease in impurity). The shares sum to 1; if no tree has a split that gains anything,
// all are 0. They are computed on the training data and favour columns with many distinct values: PermutationImportance
// on other data is slower and free of both faults.
func (f *Forest) Importance() []float64 {
	return slices.Clone(f.importance)
}

// normalized returns values scaled to sum 1, or nil if all are 0.
func normalized(values []float64) []float64 {
	total := 0.0
	for _, v := range values {
		total += v
	}
	if total == 0 {
		return nil
	}
	scaled := make([]float64, len(values))
	for i, v := range values {
		scaled[i] = v / total
	}
	return scaled
}

// meanNormalized returns the mean of the trees' normalized gains, scaled to sum 1. Those of trees without a gain are
// nil.
func meanNormalized(gains [][]float64, columns int) []float64 {
	sum := make([]float64, columns)
	for _, gain := range gains {
		for i, v := range gain {
			sum[i] += v
		}
	}
	if mean := normalized(sum); mean != nil {
		return mean
	}
	return sum
}

// PermutationImportance returns, per column, by how much the weighted mean squared error of f on d increases when the
// column's values are shuffled among the rows, in the squared unit of the target: the mean over so many repeats
// (Breiman 2001). It is exactly 0 for a column that f does not use and may be negative for one that only adds noise.
// Shuffles depend only on seed, column and repeat. d should be data that f has not seen; its Groups do not matter.
//
// It returns the errors of Fit; ErrShape, wrapped, if d has not f.Columns() columns; ErrConfig, wrapped, if repeats is
// less than 1; and the error of ctx, wrapped, if ctx ended first.
func PermutationImportance(ctx context.Context, f *Forest, d Data, repeats int, seed uint64) ([]float64, error) {
	data, err := newDataset(d)
	if err != nil {
		return nil, err
	}
	if data.columns != f.columns {
		return nil, fmt.Errorf("%w: %d columns instead of %d", ErrShape, data.columns, f.columns)
	}
	if repeats < 1 {
		return nil, fmt.Errorf("%w: %d repeats", ErrConfig, repeats)
	}
	mse := make([]float64, 1+f.columns*repeats)
	parallelFor(len(mse), runtime.GOMAXPROCS(0), func(items iter.Seq[int]) {
		s := newShuffler(f, data, seed)
		for i := range items {
			// Stream 0 shuffles nothing, whatever the column.
			mse[i] = s.meanSquaredError(ctx, max(i-1, 0)/repeats, i)
		}
	})
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("forest: permutation importance: %w", err)
	}
	return meanIncreases(mse[1:], mse[0], repeats), nil
}

// meanIncreases returns the mean increase over base of each run of repeats errors.
func meanIncreases(mse []float64, base float64, repeats int) []float64 {
	increases := make([]float64, 0, len(mse)/repeats)
	for run := range slices.Chunk(mse, repeats) {
		sum := 0.0
		for _, e := range run {
			sum += e - base
		}
		increases = append(increases, sum/float64(repeats))
	}
	return increases
}

// shuffler measures the error of a forest on data with a shuffled column.
type shuffler struct {
	f         *Forest
	data      *dataset
	seed      uint64
	source    []int // row i's value of the column is taken from row source[i]
	batchRows int   // rows predicted at a time
	batch     *batch
	predicted []float64
}

func newShuffler(f *Forest, data *dataset, seed uint64) *shuffler {
	rows := f.batchRows(data.rows, 1)
	return &shuffler{
		f: f, data: data, seed: seed,
		source:    make([]int, data.rows),
		batchRows: rows, batch: newBatch(rows, data.columns),
		predicted: make([]float64, rows),
	}
}

// meanSquaredError returns the error with column shuffled by the random numbers of the given stream, or without a
// shuffle for stream 0. The result is meaningless once ctx has ended.
func (s *shuffler) meanSquaredError(ctx context.Context, column, stream int) float64 {
	for i := range s.source {
		s.source[i] = i
	}
	if stream > 0 {
		random := rand.New(rand.NewPCG(s.seed, uint64(stream)))
		random.Shuffle(len(s.source), func(i, j int) {
			s.source[i], s.source[j] = s.source[j], s.source[i]
		})
	}
	sum, weight := 0.0, 0.0
	for first := 0; first < s.data.rows && ctx.Err() == nil; first += s.batchRows {
		last := min(first+s.batchRows, s.data.rows)
		for i, p := range s.predict(first, last, column) {
			w, miss := s.data.weight[first+i], p-s.data.y[first+i]
			sum += w * miss * miss
			weight += w
		}
	}
	return sum / weight
}

// predict returns the predictions for rows first to last, with the values of column taken from the rows that the
// shuffle names.
func (s *shuffler) predict(first, last, column int) []float64 {
	for i := range last - first {
		for j, x := range s.data.row(first + i) {
			s.batch.set(i, j, x)
		}
		s.batch.set(i, column, s.data.row(s.source[first+i])[column])
	}
	predicted := s.predicted[:last-first]
	s.f.predict(predicted, s.batch)
	return predicted
}
