package forest

// RowWeight is the weight of a training row in the conditional distribution of the target.
type RowWeight struct {
	Row    uint32  // the row's index in the training data
	Target float64 // the row's target
	Weight float64 // the row's share of the distribution
}

// LeafRows returns the conditional distribution of the target at row, as weights of training rows (Meinshausen 2006):
// every tree distributes 1/Trees among the training rows kept in the leaf that row reaches, each in proportion to its
// sample weight times how often it was drawn. There is an entry per tree and training row, ordered by tree, then by
// target, then by row; entries of the same row are not merged. The weights sum to 1.
//
// The entries are appended to dst[:0]. The result is empty if the forest was fitted with negative LeafSamples. It
// panics if len(row) is not f.Columns().
func (f *Forest) LeafRows(dst []RowWeight, row []float64) []RowWeight {
	dst, _ = f.LeafRowsMean(dst, row)
	return dst
}

// LeafRowsMean returns LeafRows and PredictRow of row from a single walk through the trees. It panics if len(row) is
// not f.Columns().
func (f *Forest) LeafRowsMean(dst []RowWeight, row []float64) ([]RowWeight, float64) {
	var k rowKeys
	f.fillKeys(&k, row)
	dst = dst[:0]
	share, sum := 1/float64(f.trees), 0.0
	for i := range f.blocks {
		b := &f.blocks[i]
		leaves := b.leaves(row, &k)
		sum = b.addValues(sum, leaves)
		for _, at := range leaves[:b.trees] {
			dst = f.samples.appendLeaf(dst, b.leafDraws(at), share)
		}
	}
	return dst, sum / float64(f.trees)
}

// appendLeaf appends the distinct rows among a leaf's draws, with weights that sum to share. Repeated draws of a row
// are adjacent.
func (l *leafSamples) appendLeaf(dst []RowWeight, draws []uint32, share float64) []RowWeight {
	each := share / l.totalWeight(draws)
	for i := 0; i < len(draws); {
		rank, count := draws[i], 1
		for i++; i < len(draws) && draws[i] == rank; i++ {
			count++
		}
		dst = append(dst, RowWeight{l.row[rank], l.target[rank], each * float64(count) * l.weightAt(rank)})
	}
	return dst
}
