package forest

import (
	"cmp"
	"slices"
)

// keptRows holds the training rows that stand in some leaf, in ascending order
// of their targets, equal ones by row. What leaves keep are positions in it.
type leafSamples struct {
	row    []uint32
	target []float64
	weight []float64 // sample weights; nil if all are equal
}

// rankRows returns the position of every row in the order of targets.
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

// keepRows returns the rows that the groves' draws refer to by their position
// among all, and makes the draws refer to their positions among those kept.
func collectLeafSamples(blocks []block, s *dataset, ranks []uint32) leafSamples {
	used := make([]bool, s.rows)
	eachDraw(blocks, func(p *uint32) { used[*p] = true })
	row := make([]uint32, s.rows) // by position among all
	for r, p := range ranks {
		row[p] = uint32(r)
	}
	var l leafSamples
	kept := make([]uint32, s.rows)
	for p, r := range row {
		if !used[p] {
			continue
		}
		kept[p] = uint32(len(l.row))
		l.row, l.target = append(l.row, r), append(l.target, s.y[r])
		if s.weighted {
			l.weight = append(l.weight, s.weight[r])
		}
	}
	eachDraw(blocks, func(p *uint32) { *p = kept[*p] })
	return l
}

// eachDraw calls do for every draw that the leaves of the groves keep.
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

// total returns the sample weight of a leaf's draws.
func (l *leafSamples) totalWeight(draws []uint32) float64 {
	if l.weight == nil {
		return float64(len(draws))
	}
	sum := 0.0
	for _, p := range draws {
		sum += l.weight[p]
	}
	return sum
}

// weightOf returns the sample weight of the row at position p.
func (l *leafSamples) weightAt(p uint32) float64 {
	if l.weight == nil {
		return 1
	}
	return l.weight[p]
}
