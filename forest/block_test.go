package forest

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// TestPackedBlocks checks that every position of a block holds one node or fills a pair, and that clusters are close.
func TestPackedBlocks(t *testing.T) {
	f := mustFit(t, friedman1(1, 2000, 5), Config{Trees: 13})
	near, splits := 0, 0
	for i := range f.blocks {
		b := &f.blocks[i]
		seen := make([]bool, len(b.nodes))
		nodes := 0
		for _, root := range b.roots[:b.trees] {
			b.eachNode(root, func(at uint64) {
				if seen[at] {
					t.Fatalf("block %d: two nodes at %d", i, at)
				}
				seen[at] = true
				nodes++
				if !isLeaf(b.nodes[at]) {
					splits++
					if b.children(at)-at <= 8 {
						near++
					}
				}
			})
		}
		if want := nodes + b.trees + 2*(lanes-b.trees); len(b.nodes) != want {
			t.Errorf("block %d: %d positions for %d nodes of %d trees, want %d", i, len(b.nodes), nodes, b.trees, want)
		}
	}
	if share := float64(near) / float64(splits); share < 0.75 {
		t.Errorf("only %.2f of the splits are close to their children", share)
	}
}

// TestKeysOrderAsFloats checks that a split is below a key if the value is above the threshold, whatever its low bits.
func TestKeysOrderAsFloats(t *testing.T) {
	finite := rapid.Float32().Filter(func(x float32) bool { return !math.IsInf(float64(x), 0) && x == x })
	check := func(t *rapid.T, threshold, x float32, link uint32) {
		w := packSplit(threshold, 0)&^math.MaxUint32 | packedNode(link)
		right, left := keysOf(x)
		if goesRight := w < right; goesRight != (x > threshold) || right != left {
			t.Fatalf("threshold %v, value %v, link %x: goes right is %t", threshold, x, link, goesRight)
		}
		if right, left := keysOf(float32(nan)); w >= right || w < left {
			t.Fatalf("threshold %v, link %x: missing values go to one side", threshold, link)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		threshold, x := finite.Draw(t, "threshold")+0, finite.Draw(t, "x")+0
		link := rapid.Uint32().Draw(t, "link")
		for _, x := range []float32{x, threshold, math.Nextafter32(threshold, x)} {
			check(t, threshold, x+0, link)
		}
		check(t, float32(math.Inf(1)), x, link)
		if got := fromSortKey(sortKey(x)); got != x {
			t.Fatalf("the key of %v decodes to %v", x, got)
		}
	})
}

func TestTooManyNodes(t *testing.T) {
	for _, test := range []struct{ columns, most int }{
		{1, 1<<24 - 1}, {127, 1<<24 - 1}, {128, 1<<23 - 1}, {255, 1<<23 - 1}, {256, 1<<22 - 1}, {MaxColumns, 1<<16 - 1},
	} {
		if err := checkNodeCount(test.most, test.columns); err != nil {
			t.Errorf("%d columns: %v", test.columns, err)
		}
		if err := checkNodeCount(test.most+1, test.columns); !errors.Is(err, ErrTooManyNodes) {
			t.Errorf("%d columns, %d nodes: error %v", test.columns, test.most+1, err)
		}
		if width := indexWidth(test.columns); 2*test.columns >= 1<<width {
			t.Errorf("key indices of %d columns do not fit %d bits", test.columns, width)
		}
	}
	a := newAssembler(Config{Trees: 2}, MaxColumns)
	if a.add(0, tree{nodes: make([]node, 1<<16)}) || !errors.Is(a.failure(), ErrTooManyNodes) {
		t.Errorf("error %v", a.failure())
	}
	if a.add(1, tree{nodes: []node{{split: leafMark}}}) {
		t.Error("the next tree is accepted")
	}
}
