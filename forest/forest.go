package forest

import "sync"

// Forest is a fitted random forest. It is immutable: all methods are safe for
// concurrent use.
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

// Columns returns the number of features a row has.
func (f *Forest) Columns() int { return f.columns }

// Trees returns the number of trees.
func (f *Forest) Trees() int { return f.trees }

// Rows returns the number of training rows.
func (f *Forest) Rows() int { return f.rows }

// settle makes the groves those of f.
func (f *Forest) setBlocks(blocks []block) {
	f.blocks = blocks
	f.distributions.New = func() any { return newDistribution(&f.samples) }
}

// grove returns the grove of tree i and where it stands there.
func (f *Forest) locate(i int) (b *block, root uint64) {
	b = &f.blocks[i/lanes]
	return b, b.roots[i%lanes]
}

// covered reports whether the splits have shares.
func (f *Forest) hasCover() bool { return f.blocks[0].leftShare != nil }
