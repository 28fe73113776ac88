package forest

import (
	"cmp"
	"slices"
)

// keptRows holds the training rows that stand in some leaf, in ascending order
// of their targets, equal ones by row. What leaves keep are positions in it.
type keptRows struct {
	row    []uint32
	target []float64
	weight []float64 // sample weights; nil if all are equal
}

// rankRows returns the position of every row in the order of targets.
func rankRows(s *dataset) []uint32 {
	order := make([]uint32, s.rows)
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int {
		return cmp.Or(cmp.Compare(s.y[a], s.y[b]), cmp.Compare(a, b))
	})
	position := make([]uint32, s.rows)
	for p, row := range order {
		position[row] = uint32(p)
	}
	return position
}

// keepRows returns the rows that the groves' draws refer to by their position
// among all, and makes the draws refer to their positions among those kept.
func keepRows(groves []grove, s *dataset, position []uint32) keptRows {
	used := make([]bool, s.rows)
	eachDraw(groves, func(p *uint32) { used[*p] = true })
	row := make([]uint32, s.rows) // by position among all
	for r, p := range position {
		row[p] = uint32(r)
	}
	var k keptRows
	renamed := make([]uint32, s.rows)
	for p, r := range row {
		if !used[p] {
			continue
		}
		renamed[p] = uint32(len(k.row))
		k.row, k.target = append(k.row, r), append(k.target, s.y[r])
		if s.weighted {
			k.weight = append(k.weight, s.weight[r])
		}
	}
	eachDraw(groves, func(p *uint32) { *p = renamed[*p] })
	return k
}

// eachDraw calls do for every draw that the leaves of the groves keep.
func eachDraw(groves []grove, do func(draw *uint32)) {
	for i := range groves {
		for rest := groves[i].draws; len(rest) > 0; {
			count := rest[0]
			for j := range count {
				do(&rest[1+j])
			}
			rest = rest[1+count:]
		}
	}
}

// total returns the sample weight of a leaf's draws.
func (k *keptRows) total(draws []uint32) float64 {
	if k.weight == nil {
		return float64(len(draws))
	}
	sum := 0.0
	for _, p := range draws {
		sum += k.weight[p]
	}
	return sum
}

// weightOf returns the sample weight of the row at position p.
func (k *keptRows) weightOf(p uint32) float64 {
	if k.weight == nil {
		return 1
	}
	return k.weight[p]
}
