package forest

import "math/bits"

// attribution is the state of the walk that computes the contributions of one row's columns. As in Tree SHAP, the child
// of a split that the row goes to is hot and the other one cold.
type attribution struct {
	summary *forestSummary
	*block
	summaries   []nodeSummary
	rule        []quadraturePoint
	keys        []uint64     // of the row, by key index
	sum         []float64    // by column: the contributions so far
	path        []float64    // by column: w on the current path
	active      uint64       // columns with z = 1, a bit each; see columnBit
	exactMask   bool         // every column has a bit of its own
	inactive    []bool       // by column: z = 0
	evaluations []evaluation // by depth, by point
}

// evaluation holds the state of the walk at one depth and one point of the rule.
type evaluation struct {
	product float64 // of the factors of the path's columns
	leafSum float64 // sum over the leaves below of value times product
	inverse float64 // 1 / the factor of the split's column
}

func newAttribution(s *forestSummary) *attribution {
	a := &attribution{
		summary: s, rule: s.rule, exactMask: s.f.columns <= maskBits,
		keys: make([]uint64, 1+2*s.f.columns),
		path: make([]float64, s.f.columns), inactive: make([]bool, s.f.columns),
		evaluations: make([]evaluation, (s.depth+1)*len(s.rule)),
	}
	for i := range a.path {
		a.path[i] = 1
	}
	return a
}

// explain stores the contributions of the row's columns in dst.
func (a *attribution) explain(dst, row []float64) {
	clear(dst)
	a.sum, a.active = dst, ^uint64(0)
	for j, v := range row {
		a.keys[1+2*j], a.keys[2+2*j] = keysOf(round32(v))
	}
	for i := range a.rule {
		a.evaluations[i].product = 1
	}
	for i := range a.summary.f.blocks {
		a.block, a.summaries = &a.summary.f.blocks[i], a.summary.nodes[i]
		for _, root := range a.roots[:a.trees] {
			a.visit(root, a.evaluations)
		}
	}
	for j := range dst {
		dst[j] /= float64(a.summary.f.trees)
	}
}

// visit stores the leaf sums of the node at a position in the first of evaluations, and adds to the sums what the paths
// from there on contribute. evaluations are those of its depth and of all greater ones.
func (a *attribution) visit(at uint64, evaluations []evaluation) {
	n := &a.summaries[at]
	here := evaluations[:len(a.rule)]
	columns := n.columns & a.active
	if columns == 0 {
		for i := range here {
			here[i].leafSum = here[i].product * n.mean
		}
		return
	}
	if a.exactMask && columns&(columns-1) == 0 {
		a.visitSingle(at, columns, here)
		return
	}
	packed, share := a.nodes[at], n.share
	left := at + uint64(uint32(packed)>>a.indexWidth)
	index := packed & (1<<a.indexWidth - 1)
	column := int(index-1) >> 1
	if a.inactive[column] {
		a.visitInactive(left, share, evaluations)
		return
	}
	_, right := bits.Sub64(packed, a.keys[index], 0)
	if right == 1 {
		share = 1 - share
	}
	path := a.path[column]
	for i := range here {
		p := &a.rule[i]
		here[i].inverse = 1 / (p.t + path*p.rest)
	}
	a.visitHot(left+right, column, share, evaluations)
	a.visitCold(left+1-right, column, 1-share, evaluations)
}

// visitSingle is visit for a node at and below which all active splits are on one column, given by its bit. All other
// columns are averaged over there, so that the leaves whose path the row takes in that column sum up to its expectation
// E, and all leaves to the mean M:
//
//	Σ v Π f[k] = o (t E + (1-t) w M)      Σ v (z - w) Π f[k] = o (E - w M)
//
// with o the product of the factors of the other columns, and w that of the column on the path to here. The sum over
// the path to here counted all leaves as if the column's part in them were what it is here, which is taken back.
func (a *attribution) visitSingle(at, mask uint64, here []evaluation) {
	column := bits.TrailingZeros64(mask)
	expected, path := a.expectation(at, mask), a.path[column]
	mean := path * a.summaries[at].mean
	sum := 0.0
	for i := range here {
		p := &a.rule[i]
		inverse := 1 / (p.t + path*p.rest)
		others := here[i].product * inverse
		leafSum := others * (p.t*expected + p.rest*mean)
		here[i].leafSum = leafSum
		sum += p.weight * (others*(expected-mean) - (1-path)*inverse*leafSum)
	}
	a.sum[column] += sum
}

// expectation returns the mean of the leaves at and below a position that the row can reach if only the column of the
// given bit is known. There must be a split on it there or below.
func (a *attribution) expectation(at, mask uint64) float64 {
	for {
		packed := a.nodes[at]
		left := at + uint64(uint32(packed)>>a.indexWidth)
		index := packed & (1<<a.indexWidth - 1)
		if uint64(1)<<((index-1)>>1&63) == mask {
			_, right := bits.Sub64(packed, a.keys[index], 0)
			at = left + right
			if n := &a.summaries[at]; n.columns&mask == 0 {
				return n.mean
			}
			continue
		}
		l, r := &a.summaries[left], &a.summaries[left+1]
		low, high := l.mean, r.mean
		if l.columns&mask != 0 {
			low = a.expectation(left, mask)
		}
		if r.columns&mask != 0 {
			high = a.expectation(left+1, mask)
		}
		share := a.summaries[at].share
		return share*low + (1-share)*high
	}
}

// visitInactive visits the children, of which the left one has the given share, of a split on a column whose z is 0
// already: its contribution does not change.
func (a *attribution) visitInactive(left uint64, share float64, evaluations []evaluation) {
	here, deeper := evaluations[:len(a.rule)], evaluations[len(a.rule):]
	next := deeper[:len(here)]
	for i := range next {
		next[i].product = here[i].product * share
	}
	a.visit(left, deeper)
	for i := range next {
		here[i].leafSum = next[i].leafSum
		next[i].product = here[i].product * (1 - share)
	}
	a.visit(left+1, deeper)
	for i := range next {
		here[i].leafSum += next[i].leafSum
	}
}

// visitHot visits the child that the row goes to. It is visited first.
func (a *attribution) visitHot(child uint64, column int, share float64, evaluations []evaluation) {
	rule, here, deeper := a.rule, evaluations[:len(a.rule)], evaluations[len(a.rule):]
	next := deeper[:len(here)]
	before := a.path[column]
	after := before * share
	for i := range rule {
		next[i].product = here[i].product * (rule[i].t + after*rule[i].rest) * here[i].inverse
	}
	a.path[column] = after
	a.visit(child, deeper)
	a.path[column] = before
	sum := 0.0
	for i := range rule {
		p := &rule[i]
		here[i].leafSum = next[i].leafSum
		sum += p.weight * next[i].leafSum * ((1-after)/(p.t+after*p.rest) - (1-before)*here[i].inverse)
	}
	a.sum[column] += sum
}

// visitCold visits the child that the row does not go to.
func (a *attribution) visitCold(child uint64, column int, share float64, evaluations []evaluation) {
	rule, here, deeper := a.rule, evaluations[:len(a.rule)], evaluations[len(a.rule):]
	next := deeper[:len(here)]
	before := a.path[column]
	for i := range rule {
		next[i].product = here[i].product * before * share * rule[i].rest * here[i].inverse
	}
	active := a.active
	if a.exactMask {
		a.active &^= 1 << column
	}
	a.inactive[column] = true
	a.visit(child, deeper)
	a.inactive[column], a.active = false, active
	sum := 0.0
	for i := range rule {
		p := &rule[i]
		here[i].leafSum += next[i].leafSum
		sum -= p.weight * next[i].leafSum * (p.inverse + (1-before)*here[i].inverse)
	}
	a.sum[column] += sum
}
