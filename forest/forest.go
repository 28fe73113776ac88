package forest

import "sync"

// Forest is a fitted random forest. It is immutable: all methods are safe for concurrent use.
type Forest struct {
	blocks        []block
	trees         int
	columns       int
	rows          int
	units         int
	seed          uint64
	bootstrap     bool
	importance    []float64
	samples       leafSamples
	distributions sync.Pool // of distributions
}

// Columns returns the number of features of a row.
func (f *Forest) Columns() int { return f.columns }

// Trees returns the number of trees.
func (f *Forest) Trees() int { return f.trees }

// Rows returns the number of training rows.
func (f *Forest) Rows() int { return f.rows }

// setBlocks makes the blocks those of f.
func (f *Forest) setBlocks(blocks []block) {
	f.blocks = blocks
	f.distributions.New = func() any { return newDistribution(&f.samples) }
}

// locate returns the block of tree i and the position of its root there.
func (f *Forest) locate(i int) (b *block, root uint64) {
	b = &f.blocks[i/lanes]
	return b, b.roots[i%lanes]
}

// hasCover reports whether the splits have left shares.
func (f *Forest) hasCover() bool { return f.blocks[0].leftShare != nil }
