package forest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
)

// plainBag draws the bag of a tree as documented: how often each row was drawn, rows of weight 0 included with their
// group.
func plainBag(d Data, c Config, tree int) []int {
	name := func(i int) int {
		if d.Groups == nil {
			return i
		}
		return d.Groups[i]
	}
	var groups []int
	for i := range d.Y {
		if (d.Weights == nil || d.Weights[i] > 0) && !slices.Contains(groups, name(i)) {
			groups = append(groups, name(i))
		}
	}
	drawn := map[int]int{}
	random := rand.New(rand.NewPCG(c.Seed, uint64(tree)))
	for i := range groups {
		if !c.NoBootstrap {
			i = random.IntN(len(groups))
		}
		drawn[groups[i]]++
	}
	bag := make([]int, len(d.Y))
	for i := range bag {
		bag[i] = drawn[name(i)]
	}
	return bag
}

// visitedNode is a node of a packed tree.
type visitedNode struct {
	at    uint64
	depth int
	node  packedNode
	rows  []uint32 // of a leaf: the training rows of its draws, ascending
}

// walkTree returns the nodes of tree i of f as they are encoded.
func walkTree(f *Forest, i int) []visitedNode {
	b, root := f.locate(i)
	depth := map[uint64]int{}
	var places []visitedNode
	b.eachNode(root, func(at uint64) {
		p := visitedNode{at: at, depth: depth[at], node: b.nodes[at]}
		if isLeaf(p.node) {
			for _, draw := range b.leafDraws(at) {
				p.rows = append(p.rows, f.samples.row[draw])
			}
			slices.Sort(p.rows)
		} else {
			left := b.children(at)
			depth[left], depth[left+1] = p.depth+1, p.depth+1
		}
		places = append(places, p)
	})
	return places
}

// leavesOf returns the leaves of tree i of f.
func leavesOf(f *Forest, i int) []visitedNode {
	return slices.DeleteFunc(walkTree(f, i), func(p visitedNode) bool { return !isLeaf(p.node) })
}

// TestLeavesHoldTheirRows computes from the bag what every leaf must be.
func TestLeavesHoldTheirRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, c := drawData(t), drawConfig(t)
		c.LeafSamples = 0
		f, err := Fit(t.Context(), d, c)
		if err != nil {
			t.Fatal(err)
		}
		for i := range f.trees {
			if err := checkLeaves(f, i, d, c); err != nil {
				t.Fatalf("tree %d: %v", i, err)
			}
		}
	})
}

func checkLeaves(f *Forest, tree int, d Data, c Config) error {
	b, root := f.locate(tree)
	draws := map[uint64][]uint32{}
	for i, count := range plainBag(d, c, tree) {
		if d.Weights == nil || d.Weights[i] > 0 {
			at := descend(b, root, mat.Row(nil, i, d.X))
			draws[at] = append(draws[at], slices.Repeat([]uint32{uint32(i)}, count)...)
		}
	}
	leaves := leavesOf(f, tree)
	for i, l := range leaves {
		want := draws[l.at]
		if !slices.Equal(l.rows, want) {
			return fmt.Errorf("leaf %d keeps %v, rows that reach it are %v", i, l.rows, want)
		}
		mean, value := float64(float32(mean(d, want))), leafValue(l.node)
		if math.Abs(mean-value) > 1e-6*math.Abs(mean) {
			return fmt.Errorf("leaf %d is %v, mean of its rows %v", i, value, mean)
		}
		if distinct := len(slices.Compact(slices.Clone(want))); len(leaves) > 1 && distinct < c.MinLeaf || distinct == 0 {
			return fmt.Errorf("leaf %d holds %d rows, fewer than %d", i, distinct, c.MinLeaf)
		}
		if c.MaxDepth > 0 && l.depth > c.MaxDepth {
			return fmt.Errorf("leaf %d is %d deep", i, l.depth)
		}
	}
	return nil
}

func mean(d Data, draws []uint32) float64 {
	sum, total := 0.0, 0.0
	for _, row := range draws {
		weight := 1.0
		if d.Weights != nil {
			weight = d.Weights[row]
		}
		sum += weight * d.Y[row]
		total += weight
	}
	return sum / total
}

func TestLeafSamplesCapsDraws(t *testing.T) {
	d := friedman1(1, 300, 5)
	all := mustFit(t, d, Config{Trees: 5, MinLeaf: 10})
	for _, limit := range []int{-1, 1, 3, 1000} {
		capped := mustFit(t, d, Config{Trees: 5, MinLeaf: 10, LeafSamples: limit})
		if !slices.Equal(capped.Predict(nil, d.X), all.Predict(nil, d.X)) {
			t.Errorf("LeafSamples %d changes predictions", limit)
		}
		for i := range capped.trees {
			whole := leavesOf(all, i)
			for j, l := range leavesOf(capped, i) {
				got, of := l.rows, whole[j].rows
				if want := min(max(limit, 0), len(of)); len(got) != want || !slices.IsSorted(got) || !isSubset(got, of) {
					t.Fatalf("LeafSamples %d: kept %v of %v", limit, got, of)
				}
			}
		}
	}
}

// isSubset reports whether some is a sub-multiset of all, both sorted.
func isSubset(some, all []uint32) bool {
	for _, row := range all {
		if len(some) > 0 && some[0] == row {
			some = some[1:]
		}
	}
	return len(some) == 0
}

func TestLeafSamplesIsUniform(t *testing.T) {
	const rows, kept, trees = 10, 3, 2000
	f := mustFit(t, Data{X: mat.NewDense(rows, 1, nil), Y: make([]float64, rows)},
		Config{Trees: trees, NoBootstrap: true, LeafSamples: kept})
	counts := make([]int, rows)
	for i := range f.trees {
		for _, row := range leavesOf(f, i)[0].rows {
			counts[row]++
		}
	}
	for row, count := range counts {
		// Five standard deviations of a binomial with p = 0.3.
		if want := trees * kept / rows; math.Abs(float64(count-want)) > 5*math.Sqrt(0.21*trees) {
			t.Errorf("row %d kept %d times, want about %d", row, count, want)
		}
	}
}
