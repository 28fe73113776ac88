package forest

import (
	"cmp"
	"slices"
)

// leafSamples holds the training rows that some leaf keeps, in ascending order of their targets, equal targets by row.
// The draws of leaves are ranks: indices into this order.
type leafSamples struct {
	row    []uint32
	target []float64
	weight []float64 // sample weights; nil if all are equal
}

// targetRanks returns the rank of every row in the order of targets.
func targetRanks(s *dataset) []uint32 {
	order := make([]uint32, s.rows)
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int {
		return cmp.Or(cmp.Compare(s.y[a], s.y[b]), cmp.Compare(a, b))
	})
	ranks := make([]uint32, s.rows)
	for rank, row := range order {
		ranks[row] = uint32(rank)
	}
	return ranks
}

// collectLeafSamples returns the rows that the draws of the blocks refer to by their rank among all rows, and changes
// the draws to ranks among the rows returned.
func collectLeafSamples(blocks []block, s *dataset, ranks []uint32) leafSamples {
	used := make([]bool, s.rows)
	eachDraw(blocks, func(rank *uint32) { used[*rank] = true })
	rows := make([]uint32, s.rows) // by rank among all
	for row, rank := range ranks {
		rows[rank] = uint32(row)
	}
	var l leafSamples
	kept := make([]uint32, s.rows)
	for rank, row := range rows {
		if !used[rank] {
			continue
		}
		kept[rank] = uint32(len(l.row))
		l.row, l.target = append(l.row, row), append(l.target, s.y[row])
		if s.weighted {
			l.weight = append(l.weight, s.weight[row])
		}
	}
	eachDraw(blocks, func(rank *uint32) { *rank = kept[*rank] })
	return l
}

// eachDraw calls do for every draw that the leaves of the blocks keep.
func eachDraw(blocks []block, do func(draw *uint32)) {
	for i := range blocks {
		for rest := blocks[i].draws; len(rest) > 0; {
			count := rest[0]
			for j := range count {
				do(&rest[1+j])
			}
			rest = rest[1+count:]
		}
	}
}

// totalWeight returns the sum of the sample weights of a leaf's draws.
func (l *leafSamples) totalWeight(draws []uint32) float64 {
	if l.weight == nil {
		return float64(len(draws))
	}
	sum := 0.0
	for _, rank := range draws {
		sum += l.weight[rank]
	}
	return sum
}

// weightAt returns the sample weight of the row of rank p.
func (l *leafSamples) weightAt(rank uint32) float64 {
	if l.weight == nil {
		return 1
	}
	return l.weight[rank]
}
