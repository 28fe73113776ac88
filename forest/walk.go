package forest

import "math/bits"

// next returns where the walk goes on that has read w at position i, whose key
// is given. It takes a subtraction for its borrow and an addition with carry.
func next(w, key word, i uint64, width uint) uint64 {
	_, right := bits.Sub64(w, key, 0)
	i, _ = bits.Add64(i, word(uint32(w)>>(width&31)), right)
	return i
}

// descend returns the leaf that row reaches from the root at i. It is the walk
// for one tree and one row, for codes of any width, and what the others are
// tested against.
func descend[T float32 | float64](g *grove, i uint64, row []T) uint64 {
	for {
		w := g.words[i]
		if isLeaf(w) {
			return i
		}
		split := w&(1<<g.width-1) - 1
		right, left := keysOf(round32(float64(row[split>>1])))
		if split&1 == 1 {
			right = left
		}
		i = next(w, right, i, g.width)
	}
}

// keys are those of one row, by code.
type keys [1 << byteCodes]word

// fill reads a row of columns whose codes fit a byte.
func (k *keys) fill(row []float64) {
	for j, v := range row {
		k[1+2*j], k[2+2*j] = keysOf(round32(v))
	}
}

// walk returns the leaves that a row reaches in the trees of g, whose codes
// must fit a byte.
//
// Steps are written out: a loop over lanes would keep their positions in memory.
// All lanes stand on leaves once the last words read, taken together, have no
// link.
func (g *grove) walk(k *keys) [lanes]uint64 {
	a, b, c, d := g.roots[0], g.roots[1], g.roots[2], g.roots[3]
	e, f, h, j := g.roots[4], g.roots[5], g.roots[6], g.roots[7]
	words := g.words
	for {
		w := words[a]
		all := w
		a = next(w, k[uint8(w)], a, byteCodes)
		w = words[b]
		all |= w
		b = next(w, k[uint8(w)], b, byteCodes)
		w = words[c]
		all |= w
		c = next(w, k[uint8(w)], c, byteCodes)
		w = words[d]
		all |= w
		d = next(w, k[uint8(w)], d, byteCodes)
		w = words[e]
		all |= w
		e = next(w, k[uint8(w)], e, byteCodes)
		w = words[f]
		all |= w
		f = next(w, k[uint8(w)], f, byteCodes)
		w = words[h]
		all |= w
		h = next(w, k[uint8(w)], h, byteCodes)
		w = words[j]
		all |= w
		j = next(w, k[uint8(w)], j, byteCodes)
		if isLeaf(all) {
			return [lanes]uint64{a, b, c, d, e, f, h, j}
		}
	}
}

// laneKeys are the keys of eight rows, by code.
type laneKeys [1 << byteCodes][lanes]word

// walkRows returns the leaves that eight rows reach in the tree that stands at
// root. It is walk with one tree and eight rows for eight trees and one row.
func (g *grove) walkRows(root uint64, k *laneKeys) [lanes]uint64 {
	a, b, c, d := root, root, root, root
	e, f, h, j := root, root, root, root
	words := g.words
	for {
		w := words[a]
		all := w
		a = next(w, k[uint8(w)][0], a, byteCodes)
		w = words[b]
		all |= w
		b = next(w, k[uint8(w)][1], b, byteCodes)
		w = words[c]
		all |= w
		c = next(w, k[uint8(w)][2], c, byteCodes)
		w = words[d]
		all |= w
		d = next(w, k[uint8(w)][3], d, byteCodes)
		w = words[e]
		all |= w
		e = next(w, k[uint8(w)][4], e, byteCodes)
		w = words[f]
		all |= w
		f = next(w, k[uint8(w)][5], f, byteCodes)
		w = words[h]
		all |= w
		h = next(w, k[uint8(w)][6], h, byteCodes)
		w = words[j]
		all |= w
		j = next(w, k[uint8(w)][7], j, byteCodes)
		if isLeaf(all) {
			return [lanes]uint64{a, b, c, d, e, f, h, j}
		}
	}
}

// reach returns the leaves that row reaches in the trees of g. k is scratch.
func (g *grove) reach(row []float64, k *keys) (at [lanes]uint64) {
	if g.width == byteCodes {
		return g.walk(k)
	}
	for i := range g.trees {
		at[i] = descend(g, g.roots[i], row)
	}
	return at
}
