package forest

import "gonum.org/v1/gonum/integrate/quad"

// explained is what an Explainer knows of a node.
type nodeSummary struct {
	mean    float64 // of the leaves at and below, by share
	share   float64 // of a split: what went left
	columns uint64  // the columns that splits at and below use, a bit each
}

// manyColumns is more than there are bits in explained.below: with as many
// columns none are told apart there, and no walk ends early.
const maskBits = 64

// leastShare keeps a way that no training weight went, but for rounding, from
// having no share at all, by which no product could be divided.
const minShare = 0x1p-40

// survey learns what an Explainer has to know of the trees of a grove.
type summarizer struct {
	*block
	summaries []nodeSummary
	uses      []int // of each column on the present path
	distinct  int   // columns on it
	widest    int   // most of these
	deepest   int
}

func (s *summarizer) visit(at uint64, depth int) {
	s.widest, s.deepest = max(s.widest, s.distinct), max(s.deepest, depth)
	if isLeaf(s.nodes[at]) {
		s.summaries[at].mean = leafValue(s.nodes[at])
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
	share, l, r := s.boundedShare(left), &s.summaries[left], &s.summaries[left+1]
	s.summaries[at] = nodeSummary{
		mean:    share*l.mean + (1-share)*r.mean,
		share:   share,
		columns: columnBit(column, len(s.uses)) | l.columns | r.columns,
	}
}

// leftShare returns the share of the left one of the pair at the given position.
func (b *block) boundedShare(pair uint64) float64 {
	return min(max(float64(b.leftShare[pair/2]), minShare), 1-minShare)
}

// columnBit returns the bit of a column among so many.
func columnBit(column, columns int) uint64 {
	if columns > maskBits {
		return 1
	}
	return 1 << column
}

// point is one of the rule's, with what every step needs of it.
type quadraturePoint struct {
	t, rest float64 // t and 1-t
	inverse float64 // 1/(1-t)
	weight  float64
}

// legendre returns the rule of n points on [0, 1].
func gaussLegendre(n int) []quadraturePoint {
	t, weight := make([]float64, n), make([]float64, n)
	quad.Legendre{}.FixedLocations(t, weight, 0, 1)
	rule := make([]quadraturePoint, n)
	for i := range rule {
		rule[i] = quadraturePoint{t[i], 1 - t[i], 1 / (1 - t[i]), weight[i]}
	}
	return rule
}
