package forest

// grower grows trees one after the other in the same memory. Nothing it leaves behind influences the next tree.
type grower struct {
	data    *dataset
	presort [][]entry // of all rows, per column
	config  Config

	bag          *bagger
	trainingRow  []uint32 // the training row of each bag row, ascending
	bagRow       []int32  // the bag row of each training row, -1 if out of bag
	multiplicity []uint32 // how often the bag holds each bag row

	searcher

	stack      []span // nodes yet to be visited, the next one last
	nodes      []node
	leafStarts []int     // where each leaf's rows begin, in preorder
	draws      []uint32  // of the leaves; see tree.draws
	gain       []float64 // total gain of the tree's cuts, per column
}

func newGrower(data *dataset, presort [][]entry, config Config) *grower {
	g := &grower{
		data: data, presort: presort, config: config,
		bag:          newBagger(config.Seed, !config.NoBootstrap, data.units),
		bagRow:       make([]int32, data.rows),
		multiplicity: make([]uint32, data.rows),
		searcher: searcher{
			nodeRows: newNodeRows(data.rows, data.columns), minLeaf: config.MinLeaf, maxFeatures: config.MaxFeatures,
			columns: make([]int32, data.columns),
		},
		gain: make([]float64, data.columns),
	}
	return g
}

// fillRoot prepares the root: all rows of the bag, in every column's order.
func (g *grower) fillRoot() {
	g.leafStarts = g.leafStarts[:0]
	g.trainingRow, g.rows = g.trainingRow[:0], g.rows[:0]
	clear(g.gain)
	for column := range g.columns {
		g.columns[column] = int32(column)
	}
	for row := range g.bagRow {
		g.bagRow[row] = -1
		if g.data.weight[row] == 0 {
			continue
		}
		if count := g.bag.counts[g.data.unit[row]]; count > 0 {
			g.addRow(row, count)
		}
	}
	for column, all := range g.presort {
		g.filter(g.orders[0][column], all)
	}
}

// addRow adds a training row to the bag.
func (g *grower) addRow(row int, count uint32) {
	r := len(g.trainingRow)
	g.bagRow[row] = int32(r)
	g.trainingRow = append(g.trainingRow, uint32(row))
	g.rows = append(g.rows, uint32(r))
	g.multiplicity[r] = count
	g.target[r] = g.data.y[row]
	g.samples[r].weight = g.data.weight[row] * float64(count)
}

// filter copies the entries of in-bag rows from all to dst, in the same order. Every entry is written and the index
// advances if its row is in the bag: a branch could not be predicted.
func (g *grower) filter(dst, all []entry) {
	i := 0
	for _, e := range all {
		r := g.bagRow[e.row()]
		dst[i] = newEntry(e.key(), uint32(r))
		i += int(^uint32(r) >> 31)
	}
}

// addLeaf appends a leaf of the given value, whose rows begin at lo.
func (g *grower) addLeaf(lo int, value float64) {
	g.nodes = append(g.nodes, node{threshold: float32(value), split: leafMark})
	g.leafStarts = append(g.leafStarts, lo)
}

// mayGrow reports whether a node of so many rows at the given depth may be split.
func (g *grower) mayGrow(rows, depth int) bool {
	return rows >= 2*g.config.MinLeaf && (g.config.MaxDepth == 0 || depth < g.config.MaxDepth)
}
