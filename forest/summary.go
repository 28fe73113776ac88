package forest

import "gonum.org/v1/gonum/integrate/quad"

// forestSummary holds what explanations need of a forest.
type forestSummary struct {
	f     *Forest
	nodes [][]nodeSummary   // by block, by position
	rule  []quadraturePoint // exact for every path of f
	depth int               // of the deepest leaf
	base  float64           // the mean over the trees of their roots' means
}

// summarize returns the summary of f, whose splits must have left shares.
func summarize(f *Forest) *forestSummary {
	s := &forestSummary{f: f, nodes: make([][]nodeSummary, len(f.blocks))}
	widest := 1
	for i := range f.blocks {
		b := &f.blocks[i]
		s.nodes[i] = make([]nodeSummary, len(b.nodes))
		z := summarizer{block: b, summaries: s.nodes[i], uses: make([]int, f.columns)}
		for _, root := range b.roots[:b.trees] {
			z.visit(root, 0)
			s.base += s.nodes[i][root].mean / float64(f.trees)
		}
		widest, s.depth = max(widest, z.widest), max(s.depth, z.deepest)
	}
	s.rule = gaussLegendre((widest + 1) / 2)
	return s
}

// nodeSummary holds what explanations need of a node.
type nodeSummary struct {
	mean    float64 // of the leaves at and below, weighted by their shares
	share   float64 // of a split: that of its left child
	columns uint64  // the columns that splits at and below use, a bit each
}

// maskBits is the number of bits of nodeSummary.columns. With more columns all share one bit, and no walk ends early.
const maskBits = 64

// minShare is the least share of a child, so that one which no training weight went to, except for rounding, does not
// have share 0, by which no product could be divided.
const minShare = 0x1p-40

// summarizer summarizes the trees of a block.
type summarizer struct {
	*block
	summaries []nodeSummary
	uses      []int // of each column on the current path
	distinct  int   // columns on that path
	widest    int   // the most distinct columns of a path
	deepest   int   // the greatest depth of a leaf
}

// visit summarizes the nodes at and below a position.
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

// boundedShare returns the share of the left one of the pair of children at the given position, within [minShare,
// 1-minShare].
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

// quadraturePoint is a point of the quadrature rule, with what every step needs of it.
type quadraturePoint struct {
	t, rest float64 // t and 1-t
	inverse float64 // 1/(1-t)
	weight  float64
}

// gaussLegendre returns the Gauss-Legendre rule of n points on [0, 1].
func gaussLegendre(n int) []quadraturePoint {
	t, weight := make([]float64, n), make([]float64, n)
	quad.Legendre{}.FixedLocations(t, weight, 0, 1)
	rule := make([]quadraturePoint, n)
	for i := range rule {
		rule[i] = quadraturePoint{t[i], 1 - t[i], 1 / (1 - t[i]), weight[i]}
	}
	return rule
}
