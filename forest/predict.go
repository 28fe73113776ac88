package forest

import (
	"iter"
	"runtime"

	"gonum.org/v1/gonum/mat"
)

// PredictRow returns the mean over the trees of the value of the leaf that row reaches, in the unit of the target. NaN
// marks an unknown feature; an infinity counts as the largest float32. It does not allocate. It panics if len(row) is
// not f.Columns().
func (f *Forest) PredictRow(row []float64) float64 {
	var k rowKeys
	f.fillKeys(&k, row)
	sum := 0.0
	for i := range f.blocks {
		b := &f.blocks[i]
		sum = b.addValues(sum, b.leaves(row, &k))
	}
	return sum / float64(f.trees)
}

// fillKeys stores the keys of row in k, if key indices fit a byte.
func (f *Forest) fillKeys(k *rowKeys, row []float64) {
	if len(row) != f.columns {
		panic(panicFeatures)
	}
	if indexWidth(f.columns) == byteWidth {
		k.fill(row)
	}
}

// Predict stores PredictRow of every row of x in dst and returns it. A nil dst is allocated. Large x are predicted in
// parallel. It panics if x has not f.Columns() columns, or if dst is neither nil nor as long as x has rows.
func (f *Forest) Predict(dst []float64, x mat.Matrix) []float64 {
	rows, columns := x.Dims()
	if columns != f.columns {
		panic(panicFeatures)
	}
	dst = reuseSlice(dst, rows)
	workers := runtime.GOMAXPROCS(0)
	size := f.batchRows(rows, workers)
	parallelFor((rows+size-1)/size, workers, func(items iter.Seq[int]) {
		b := newBatch(size, columns)
		row := make([]float64, columns)
		for i := range items {
			first := i * size
			b.rows = min(size, rows-first)
			for j := range b.rows {
				for column, v := range mat.Row(row, first+j, x) {
					b.set(j, column, round32(v))
				}
			}
			f.predict(dst[first:first+b.rows], b)
		}
	})
	return dst
}

// predict stores the predictions for the rows of a batch in dst. Trees are the outer loop: a tree, once in cache,
// serves all rows.
func (f *Forest) predict(dst []float64, rows *batch) {
	clear(dst)
	for i := range f.blocks {
		b := &f.blocks[i]
		for _, root := range b.roots[:b.trees] {
			rows.add(dst, b, root)
		}
	}
	for j := range dst {
		dst[j] /= float64(f.trees)
	}
}

// batch holds rows prepared for prediction.
type batch struct {
	rows, columns int
	keys          [][lanes]uint64 // of eight rows at a time, by key index; nil if those are wider than a byte
	x             []float32       // row-major, if keys is nil
}

// batchBytes is about the size of a batch: a tree that is too large for the cache is read once per batch, the batch
// once per tree, and the batch in order.
const batchBytes = 2 << 20

// batchRows returns how many of so many rows a worker predicts at a time.
func (f *Forest) batchRows(rows, workers int) int {
	each := 8 * (1 + 2*f.columns)
	size := max(1, min(max(batchBytes/each, 256), (rows+workers-1)/workers))
	return (size + lanes - 1) / lanes * lanes
}

func newBatch(rows, columns int) *batch {
	b := &batch{columns: columns}
	if indexWidth(columns) == byteWidth {
		// Behind the last eight rows there is room for a whole laneKeys.
		b.keys = make([][lanes]uint64, rows/lanes*b.keysPerRow()+len(laneKeys{}))
	} else {
		b.x = make([]float32, rows*columns)
	}
	return b
}

// keysPerRow returns the number of keys of a row.
func (b *batch) keysPerRow() int { return 1 + 2*b.columns }

// set sets the value of a column of row i to x.
func (b *batch) set(i, column int, x float32) {
	if b.keys == nil {
		b.x[i*b.columns+column] = x
		return
	}
	at := b.keys[i/lanes*b.keysPerRow()+1+2*column:]
	at[0][i%lanes], at[1][i%lanes] = keysOf(x)
}

// add adds the prediction of the tree at root to the sum of each row.
func (b *batch) add(sums []float64, trees *block, root uint64) {
	if b.keys == nil {
		for i := range sums {
			sums[i] += leafValue(trees.nodes[descend(trees, root, b.x[i*b.columns:(i+1)*b.columns])])
		}
		return
	}
	for group := 0; len(sums) > 0; group++ {
		leaves := trees.walkRows(root, (*laneKeys)(b.keys[group*b.keysPerRow():]))
		n := min(lanes, len(sums))
		for i := range sums[:n] {
			sums[i] += leafValue(trees.nodes[leaves[i]])
		}
		sums = sums[n:]
	}
}
