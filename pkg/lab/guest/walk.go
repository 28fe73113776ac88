package guest

import "math/bits"

// xorshift is Marsaglia's 64-bit generator (Xorshift RNGs, 2003): three shifts a number, no number twice within 2^64-1.
// The writers need it cheap, and that no page ever gets the content it had before.
type xorshift uint64

// newXorshift starts a generator; its state must not be zero, where it would stay.
func newXorshift(seed uint64) xorshift { return xorshift(max(1, seed)) }

func (x *xorshift) next() uint64 {
	v := uint64(*x)
	v ^= v << 13
	v ^= v >> 7
	v ^= v << 17
	*x = xorshift(v)
	return v
}

// below returns a number of 0..n-1, each as likely but for one part in 2^64/n.
func (x *xorshift) below(n int) int {
	high, _ := bits.Mul64(x.next(), uint64(n))
	return int(high)
}

// pageWalk answers which page of a working set to write next.
type pageWalk struct {
	pattern Pattern
	random  xorshift
	first   int // of the pages walked one after the other
	count   int
	next    int // from first
	hot     int // pages of the hot part, which comes first
}

// newPageWalk walks a working set of so many pages, at least one, as writer number index of all. In sequence each
// writer walks a part of the set of its own; at random each goes everywhere.
func newPageWalk(p Pattern, pages, index, writers int, seed uint64) pageWalk {
	w := pageWalk{pattern: p, random: newXorshift(seed), count: pages, hot: max(1, pages/10)}
	if p == SequentialPattern {
		w.first = pages * index / writers
		w.count = max(1, pages*(index+1)/writers-w.first)
	}
	return w
}

// page returns the index of the page to write.
func (w *pageWalk) page() int {
	switch w.pattern {
	case SequentialPattern:
		p := w.first + w.next
		if w.next++; w.next == w.count {
			w.next = 0
		}
		return p
	case HotColdPattern:
		if w.random.below(10) > 0 || w.hot == w.count {
			return w.random.below(w.hot)
		}
		return w.hot + w.random.below(w.count-w.hot)
	default:
		return w.random.below(w.count)
	}
}
