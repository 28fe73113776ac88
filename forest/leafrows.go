package forest

// RowWeight is the share of a training row in the conditional distribution of
// the target.
type RowWeight struct {
	Row    uint32
	Weight float64
}

// LeafRows returns the conditional distribution of the target at row, in the
// form of weights of training rows (Meinshausen 2006): every tree gives its
// share 1/Trees to the training rows kept in the leaf that row reaches, each in
// proportion to its sample weight times how often it was drawn. There is an
// entry per tree and training row, by tree, then by row; entries of the same
// row are not merged. The weights sum to 1.
//
// The entries are appended to dst[:0]. The result is empty if the forest was
// fitted with negative LeafSamples. It panics if len(row) is not f.Columns().
func (f *Forest) LeafRows(dst []RowWeight, row []float64) []RowWeight {
	if len(row) != f.columns {
		panic(panicFeatures)
	}
	return leafRows(f, dst, row)
}

// LeafRowsMean returns LeafRows and PredictRow of row from one walk through the
// trees. It panics if len(row) is not f.Columns().
func (f *Forest) LeafRowsMean(dst []RowWeight, row []float64) ([]RowWeight, float64) {
	if len(row) != f.columns {
		panic(panicFeatures)
	}
	dst = dst[:0]
	share, sum := 1/float64(len(f.trees)), 0.0
	for i := range f.trees {
		t := &f.trees[i]
		n := leaf(t, row)
		sum += float64(n.threshold)
		dst = f.appendLeaf(dst, t.leafRows(n), share)
	}
	return dst, sum / float64(len(f.trees))
}

func leafRows[T float32 | float64](f *Forest, dst []RowWeight, row []T) []RowWeight {
	dst = dst[:0]
	share := 1 / float64(len(f.trees))
	for i := range f.trees {
		t := &f.trees[i]
		dst = f.appendLeaf(dst, t.leafRows(leaf(t, row)), share)
	}
	return dst
}

// appendLeaf appends the distinct rows among a leaf's draws, with weights that
// sum to share. A row drawn several times stands as often, side by side.
func (f *Forest) appendLeaf(dst []RowWeight, draws []uint32, share float64) []RowWeight {
	each := share / f.kept.total(draws)
	for i := 0; i < len(draws); {
		row, count := draws[i], 1
		for i++; i < len(draws) && draws[i] == row; i++ {
			count++
		}
		dst = append(dst, RowWeight{row, each * float64(count) * f.kept.sampleWeight(row)})
	}
	return dst
}

// Target returns the training target of a row that LeafRows named. It panics
// if row stands in no leaf.
func (f *Forest) Target(row uint32) float64 {
	if !f.kept.has(row) {
		panic(panicRow)
	}
	return f.kept.target[f.kept.rank(row)]
}
