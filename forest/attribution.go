package forest

import "math/bits"

// attribution is the state of a walk.
type attribution struct {
	e *Explainer
	*grove
	nodes []explained
	rule  []point
	keys  []word    // of the row, by code
	sum   []float64 // by column: the contributions so far
	path  []float64 // by column: w on the present path
	live  uint64    // columns with z = 1, a bit each
	told  bool      // the bits tell columns apart
	dead  []bool    // by column: z = 0
	lanes []lane    // by depth, by point
}

// lane is what the walk knows at a depth, at one point of the rule.
type lane struct {
	product float64 // of the factors of the path's columns
	below   float64 // sum over the leaves below of value times product
	inverse float64 // 1 / the factor of the split's column
}

func newAttribution(e *Explainer) *attribution {
	a := &attribution{
		e: e, rule: e.rule, told: e.f.columns <= manyColumns,
		keys: make([]word, 1+2*e.f.columns),
		path: make([]float64, e.f.columns), dead: make([]bool, e.f.columns),
		lanes: make([]lane, (e.depth+1)*len(e.rule)),
	}
	for i := range a.path {
		a.path[i] = 1
	}
	return a
}

// explain stores the contributions of the row's columns in dst.
func (a *attribution) explain(dst, row []float64) {
	clear(dst)
	a.sum, a.live = dst, ^uint64(0)
	for j, v := range row {
		a.keys[1+2*j], a.keys[2+2*j] = keysOf(round32(v))
	}
	for i := range a.rule {
		a.lanes[i].product = 1
	}
	for i := range a.e.f.groves {
		a.grove, a.nodes = &a.e.f.groves[i], a.e.parts[i]
		for _, root := range a.roots[:a.trees] {
			a.visit(root, a.lanes)
		}
	}
	for j := range dst {
		dst[j] /= float64(a.e.f.trees)
	}
}

// visit fills below, in the first of lanes, with the leaves at and below a
// position, and adds to the sums what their paths from there on contribute.
// lanes are those of its depth and of all greater ones.
func (a *attribution) visit(at uint64, lanes []lane) {
	n := &a.nodes[at]
	here := lanes[:len(a.rule)]
	asked := n.below & a.live
	if asked == 0 {
		for i := range here {
			here[i].below = here[i].product * n.mean
		}
		return
	}
	if a.told && asked&(asked-1) == 0 {
		a.alone(at, asked, here)
		return
	}
	w, share := a.words[at], n.share
	left := at + uint64(uint32(w)>>a.width)
	code := w & (1<<a.width - 1)
	column := int(code-1) >> 1
	if a.dead[column] {
		a.pass(left, share, lanes)
		return
	}
	_, right := bits.Sub64(w, a.keys[code], 0)
	if right == 1 {
		share = 1 - share
	}
	path := a.path[column]
	for i := range here {
		p := &a.rule[i]
		here[i].inverse = 1 / (p.t + path*p.rest)
	}
	a.follow(left+right, column, share, lanes)
	a.leave(left+1-right, column, 1-share, lanes)
}

// alone is visit where a column, a bit, is the only live one that splits at and
// below a position use. All others are averaged over there, so that the leaves whose
// path the row takes in column sum up to its expectation E, and all leaves to the
// mean M:
//
//	Σ v Π f[k] = o (t E + (1-t) w M)      Σ v (z - w) Π f[k] = o (E - w M)
//
// with o the product of the factors of the other columns, w column's on the path
// to here. The sum over the way to here counted all leaves as if column's part in
// them were what it is here, which is taken back.
func (a *attribution) alone(at, bit uint64, here []lane) {
	column := bits.TrailingZeros64(bit)
	expected, path := a.expect(at, bit), a.path[column]
	mean := path * a.nodes[at].mean
	sum := 0.0
	for i := range here {
		p := &a.rule[i]
		inverse := 1 / (p.t + path*p.rest)
		others := here[i].product * inverse
		below := others * (p.t*expected + p.rest*mean)
		here[i].below = below
		sum += p.weight * (others*(expected-mean) - (1-path)*inverse*below)
	}
	a.sum[column] += sum
}

// expect returns the mean of the leaves at and below a position that the row can
// reach if only the given column, a bit, is asked. It must split there or below.
func (a *attribution) expect(at, column uint64) float64 {
	for {
		w := a.words[at]
		left := at + uint64(uint32(w)>>a.width)
		code := w & (1<<a.width - 1)
		if uint64(1)<<((code-1)>>1&63) == column {
			_, right := bits.Sub64(w, a.keys[code], 0)
			at = left + right
			if n := &a.nodes[at]; n.below&column == 0 {
				return n.mean
			}
			continue
		}
		l, r := &a.nodes[left], &a.nodes[left+1]
		low, high := l.mean, r.mean
		if l.below&column != 0 {
			low = a.expect(left, column)
		}
		if r.below&column != 0 {
			high = a.expect(left+1, column)
		}
		share := a.nodes[at].share
		return share*low + (1-share)*high
	}
}

// pass visits the children, of which the left one has the given share, of a split
// on a column whose z is 0 already: its contribution does not change.
func (a *attribution) pass(left uint64, share float64, lanes []lane) {
	here, deeper := lanes[:len(a.rule)], lanes[len(a.rule):]
	next := deeper[:len(here)]
	for i := range next {
		next[i].product = here[i].product * share
	}
	a.visit(left, deeper)
	for i := range next {
		here[i].below = next[i].below
		next[i].product = here[i].product * (1 - share)
	}
	a.visit(left+1, deeper)
	for i := range next {
		here[i].below += next[i].below
	}
}

// follow visits the child that the row goes to, first of the two.
func (a *attribution) follow(child uint64, column int, share float64, lanes []lane) {
	rule, here, deeper := a.rule, lanes[:len(a.rule)], lanes[len(a.rule):]
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
		here[i].below = next[i].below
		sum += p.weight * next[i].below * ((1-after)/(p.t+after*p.rest) - (1-before)*here[i].inverse)
	}
	a.sum[column] += sum
}

// leave visits the other child.
func (a *attribution) leave(child uint64, column int, share float64, lanes []lane) {
	rule, here, deeper := a.rule, lanes[:len(a.rule)], lanes[len(a.rule):]
	next := deeper[:len(here)]
	before := a.path[column]
	for i := range rule {
		next[i].product = here[i].product * before * share * rule[i].rest * here[i].inverse
	}
	live := a.live
	if a.told {
		a.live &^= 1 << column
	}
	a.dead[column] = true
	a.visit(child, deeper)
	a.dead[column], a.live = false, live
	sum := 0.0
	for i := range rule {
		p := &rule[i]
		here[i].below += next[i].below
		sum -= p.weight * next[i].below * (p.inverse + (1-before)*here[i].inverse)
	}
	a.sum[column] += sum
}
