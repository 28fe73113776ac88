package guest

import "testing"

func TestSequentialWalkVisitsEachPageInTurn(t *testing.T) {
	for _, c := range []struct{ pages, writers int }{{1, 1}, {7, 1}, {256, 2}, {257, 2}, {10, 3}} {
		seen := make([]int, c.pages)
		for index := range c.writers {
			w := newPageWalk(SequentialPattern, c.pages, index, c.writers, 1)
			first := w.first
			for range 2 * w.count {
				seen[w.page()]++
			}
			if again := w.page(); again != first {
				t.Errorf("%+v: writer %d comes back to page %d, not to %d", c, index, again, first)
			}
		}
		for page, n := range seen {
			if n != 2 {
				t.Errorf("%+v: page %d is written %d times in 2 turns", c, page, n)
			}
		}
	}
}

func TestSequentialWalkOfFewerPagesThanWriters(t *testing.T) {
	for index := range 4 {
		w := newPageWalk(SequentialPattern, 1, index, 4, 1)
		for range 3 {
			if p := w.page(); p != 0 {
				t.Fatalf("writer %d of 4 writes page %d of 1", index, p)
			}
		}
	}
}

// TestWalkShares holds the random patterns to their shares: of n writes, the first tenth of the set gets that share,
// give or take five standard deviations.
func TestWalkShares(t *testing.T) {
	const pages, writes = 1000, 200_000
	for _, c := range []struct {
		pattern  Pattern
		share    float64
		distinct int // of the set's pages, at least
	}{{UniformPattern, 0.1, pages}, {HotColdPattern, 0.9, pages}} {
		w := newPageWalk(c.pattern, pages, 0, 2, 42)
		counts := make([]int, pages)
		hot := 0
		for range writes {
			p := w.page()
			counts[p]++
			if p < pages/10 {
				hot++
			}
		}
		distinct := 0
		for _, n := range counts {
			distinct += min(n, 1)
		}
		if got := float64(hot) / writes; got < c.share-0.005 || got > c.share+0.005 || distinct < c.distinct {
			t.Errorf("%s: %.3f of the writes go to the first tenth, want %.1f; %d pages written", c.pattern, got, c.share, distinct)
		}
	}
}

func TestWalkOfOnePage(t *testing.T) {
	for _, p := range []Pattern{SequentialPattern, UniformPattern, HotColdPattern} {
		w := newPageWalk(p, 1, 0, 1, 3)
		for range 100 {
			if got := w.page(); got != 0 {
				t.Fatalf("%s: page %d of 1", p, got)
			}
		}
	}
}

func TestXorshiftNeverStands(t *testing.T) {
	x := newXorshift(0)
	seen := map[uint64]bool{}
	for range 10_000 {
		v := x.next()
		if v == 0 || seen[v] {
			t.Fatalf("%d comes twice", v)
		}
		seen[v] = true
	}
}

func TestWalkDoesNotAllocate(t *testing.T) {
	w := newPageWalk(HotColdPattern, 100, 0, 1, 3)
	if n := testing.AllocsPerRun(100, func() { w.page() }); n != 0 {
		t.Errorf("%v allocations a page", n)
	}
}
