package forest

import (
	"iter"
	"math/bits"
	"runtime"
	"sync"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/mat"
)

// Explainer says which columns made a forest's predictions what they are: by
// exact Shapley values, of the game that path-dependent Tree SHAP plays
// (Lundberg, Erion and Lee 2018). In it a column that is not in the coalition is
// asked nothing: a split on it takes both ways, each for its share of the training
// weight. An Explainer is immutable and safe for concurrent use.
//
// With z and w the column's part in a path, z being 1 if the row takes all of the
// path's ways at its splits and else 0, w the product of their shares, and d
// columns on the path, a leaf of value v gives column j
//
//	v (z[j] - w[j]) ∫ Π (z[k] t + w[k] (1 - t)) dt    over k ≠ j, t from 0 to 1
//
// since the Shapley weight of a coalition of s out of d-1 is the integral of
// t^s (1-t)^(d-1-s), as Owen (1972) found. The integrand is a polynomial of degree
// d-1, for which Gauss and Legendre's rule is exact with d/2 points; and the
// product over all k, divided by j's factor, serves every j. So a walk over the
// tree that carries the products down and sums over leaves up costs d/2 steps a
// node, where Lundberg's algorithm takes d². Once the row has left the paths of
// all columns that a subtree splits on, its leaves count by their mean, and the
// walk ends there: the fewer columns, the sooner. The idea to evaluate the
// polynomials at points is that of Linear TreeShap (Yu et al. 2022).
type Explainer struct {
	f     *Forest
	base  float64
	rule  []point
	depth int
	parts [][]explained // by grove, by position
	idle  sync.Pool     // of attributions
}

// point is one of the rule's, with what every step needs of it.
type point struct {
	t, rest float64 // t and 1-t
	inverse float64 // 1/(1-t)
	weight  float64
}

// explained is what an Explainer knows of a node.
type explained struct {
	mean  float64 // of the leaves at and below, by share
	share float64 // of a split: what went left
	below uint64  // the columns that splits at and below use, a bit each
}

// manyColumns is more than there are bits in explained.below: with as many
// columns none are told apart there, and no walk ends early.
const manyColumns = 64

// leastShare keeps a way that no training weight went, but for rounding, from
// having no share at all, by which no product could be divided.
const leastShare = 0x1p-40

// Explainer prepares to explain predictions of f. It takes some 16 bytes a node,
// and about the time of a few predictions of a large batch. The error is
// ErrNoCover if f was fitted with Config.NoCover.
func (f *Forest) Explainer() (*Explainer, error) {
	if !f.covered() {
		return nil, ErrNoCover
	}
	e := &Explainer{f: f, parts: make([][]explained, len(f.groves))}
	widest := 1
	for i := range f.groves {
		g := &f.groves[i]
		e.parts[i] = make([]explained, len(g.words))
		s := survey{grove: g, nodes: e.parts[i], uses: make([]int, f.columns)}
		for _, root := range g.roots[:g.trees] {
			s.visit(root, 0)
			e.base += e.parts[i][root].mean / float64(f.trees)
		}
		widest, e.depth = max(widest, s.widest), max(e.depth, s.deepest)
	}
	e.rule = legendre((widest + 1) / 2)
	e.idle.New = func() any { return newAttribution(e) }
	return e, nil
}

// legendre returns the rule of n points on [0, 1].
func legendre(n int) []point {
	t, weight := make([]float64, n), make([]float64, n)
	quad.Legendre{}.FixedLocations(t, weight, 0, 1)
	rule := make([]point, n)
	for i := range rule {
		rule[i] = point{t[i], 1 - t[i], 1 / (1 - t[i]), weight[i]}
	}
	return rule
}

// survey learns what an Explainer has to know of the trees of a grove.
type survey struct {
	*grove
	nodes    []explained
	uses     []int // of each column on the present path
	distinct int   // columns on it
	widest   int   // most of these
	deepest  int
}

func (s *survey) visit(at uint64, depth int) {
	s.widest, s.deepest = max(s.widest, s.distinct), max(s.deepest, depth)
	if isLeaf(s.words[at]) {
		s.nodes[at].mean = leafValue(s.words[at])
		return
	}
	column, _ := s.splitAt(at)
	left := s.children(at)
	if s.uses[column]++; s.uses[column] == 1 {
		s.distinct++
	}
	s.visit(left, depth+1)
	s.visit(left+1, depth+1)
	if s.uses[column]--; s.uses[column] == 0 {
		s.distinct--
	}
	share, l, r := s.leftShare(left), &s.nodes[left], &s.nodes[left+1]
	s.nodes[at] = explained{
		mean:  share*l.mean + (1-share)*r.mean,
		share: share,
		below: columnBit(column, len(s.uses)) | l.below | r.below,
	}
}

// leftShare returns the share of the left one of the pair at the given position.
func (g *grove) leftShare(pair uint64) float64 {
	return min(max(float64(g.share[pair/2]), leastShare), 1-leastShare)
}

// columnBit returns the bit of a column among so many.
func columnBit(column, columns int) uint64 {
	if columns > manyColumns {
		return 1
	}
	return 1 << column
}

// Base returns the prediction for a row of which nothing is known: what
// contributions are added to.
func (e *Explainer) Base() float64 { return e.base }

// ExplainRow stores in dst, by column, what each contributes to the prediction for
// row, in the unit of the target, and returns it: with Base they add up to
// PredictRow but for rounding. NaN is a value like others, that of an unknown
// feature. A nil dst is allocated; otherwise it does not allocate once warm. It
// panics if len(row) is not the forest's number of columns, or if dst is neither
// nil nor as long.
func (e *Explainer) ExplainRow(dst, row []float64) []float64 {
	if len(row) != e.f.columns {
		panic(panicFeatures)
	}
	dst = destination(dst, e.f.columns)
	a := e.idle.Get().(*attribution)
	defer e.idle.Put(a)
	a.explain(dst, row)
	return dst
}

// Explain stores ExplainRow of every row of x in the same row of dst and returns
// it. A nil or empty dst is allocated or sized. Large x are handled in parallel. It
// panics if x has not the forest's number of columns, or if dst has another shape
// than x.
func (e *Explainer) Explain(dst *mat.Dense, x mat.Matrix) *mat.Dense {
	rows, columns := x.Dims()
	if columns != e.f.columns {
		panic(panicFeatures)
	}
	dst = destinationDense(dst, rows, columns)
	share(rows, runtime.GOMAXPROCS(0), func(items iter.Seq[int]) {
		a := e.idle.Get().(*attribution)
		defer e.idle.Put(a)
		row := make([]float64, columns)
		for i := range items {
			a.explain(dst.RawRowView(i), mat.Row(row, i, x))
		}
	})
	return dst
}

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
		e: e, rule: e.rule,
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
	if n.below&a.live == 0 {
		for i := range here {
			here[i].below = here[i].product * n.mean
		}
		return
	}
	if one := n.below & a.live; one&(one-1) == 0 && a.e.f.columns <= manyColumns {
		a.alone(at, bits.TrailingZeros64(one), here)
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

// alone is visit where column is the only live one that splits at and below a
// position use. All others are averaged over there, so that the leaves whose path
// the row takes in column sum up to its expectation, and all leaves to the mean:
//
//	Σ v Π f[k] = o (t E + (1-t) w M)      Σ v (z - w) Π f[k] = o (E - w M)
//
// with o the product of the factors of the other columns, w column's on the path
// to here. The sum over the way to here counted all leaves as if column's part in
// them were what it is here, which is taken back.
func (a *attribution) alone(at uint64, column int, here []lane) {
	expected, path := a.expect(at, uint64(1)<<column), a.path[column]
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
// reach if only the given column, a bit, is asked.
func (a *attribution) expect(at, column uint64) float64 {
	for {
		n := &a.nodes[at]
		if n.below&column == 0 {
			return n.mean
		}
		w := a.words[at]
		left := at + uint64(uint32(w)>>a.width)
		code := w & (1<<a.width - 1)
		if uint64(1)<<((code-1)>>1) != column {
			return n.share*a.expect(left, column) + (1-n.share)*a.expect(left+1, column)
		}
		_, right := bits.Sub64(w, a.keys[code], 0)
		at = left + right
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
	if a.e.f.columns <= manyColumns {
		a.live &^= columnBit(column, a.e.f.columns)
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
