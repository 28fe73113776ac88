package forest

import (
	"iter"
	"runtime"

	"gonum.org/v1/gonum/mat"
)

// PredictRow returns the mean over the trees of the value of the leaf that row
// reaches. NaN marks an unknown feature; an infinity counts as the largest
// float32. It does not allocate. It panics if len(row) is not f.Columns().
func (f *Forest) PredictRow(row []float64) float64 {
	if len(row) != f.columns {
		panic(panicFeatures)
	}
	sum := 0.0
	for i := range f.trees {
		sum += float64(leaf(&f.trees[i], row).threshold)
	}
	return sum / float64(len(f.trees))
}

// Predict stores PredictRow of every row of x in dst and returns it. A nil dst
// is allocated. Large x are predicted in parallel. It panics if x has not
// f.Columns() columns, or if dst is neither nil nor as long as x has rows.
func (f *Forest) Predict(dst []float64, x mat.Matrix) []float64 {
	rows, columns := x.Dims()
	if columns != f.columns {
		panic(panicFeatures)
	}
	dst = destination(dst, rows)
	shareBlocks(x, func(blocks iter.Seq[*block]) {
		for b := range blocks {
			f.predict(dst[b.first:b.first+b.rows], b.x)
		}
	})
	return dst
}

// predict stores the predictions for len(dst) rows of features in dst. Trees
// are the outer loop: a tree, once in cache, serves all rows.
func (f *Forest) predict(dst []float64, x []float32) {
	clear(dst)
	for i := range f.trees {
		for j := range dst {
			dst[j] += float64(leaf(&f.trees[i], x[j*f.columns:(j+1)*f.columns]).threshold)
		}
	}
	for j := range dst {
		dst[j] /= float64(len(f.trees))
	}
}

// destination returns dst, or a new slice if it is nil.
func destination(dst []float64, n int) []float64 {
	if dst == nil {
		return make([]float64, n)
	}
	if len(dst) != n {
		panic(panicDestination)
	}
	return dst
}

// blockRows is the most rows a worker takes at a time: enough for each tree,
// once in cache, to serve many, few enough for them to stay there too.
const blockRows = 1024

// block is a run of rows of a matrix in the precision the trees compare in.
type block struct {
	first, rows int
	x           []float32 // row-major
}

// shareBlocks deals x in blocks to workers. A block is valid until the next.
func shareBlocks(x mat.Matrix, work func(blocks iter.Seq[*block])) {
	rows, columns := x.Dims()
	workers := runtime.GOMAXPROCS(0)
	size := max(1, min(blockRows, (rows+workers-1)/workers))
	share((rows+size-1)/size, workers, func(items iter.Seq[int]) {
		b := &block{x: make([]float32, 0, size*columns)}
		row := make([]float64, columns)
		work(func(yield func(*block) bool) {
			for i := range items {
				b.read(x, i*size, min(size, rows-i*size), row)
				if !yield(b) {
					return
				}
			}
		})
	})
}

// read fills b with so many rows of x from first on. row is scratch.
func (b *block) read(x mat.Matrix, first, rows int, row []float64) {
	b.first, b.rows = first, rows
	b.x = b.x[:0]
	for i := range b.rows {
		for _, v := range mat.Row(row, first+i, x) {
			b.x = append(b.x, round32(v))
		}
	}
}

// row returns the features of the block's row i.
func (b *block) row(i int) []float32 {
	columns := len(b.x) / b.rows
	return b.x[i*columns : (i+1)*columns]
}
