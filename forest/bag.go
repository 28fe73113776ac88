package forest

import "math/rand/v2"

// bagger draws the bags of a forest's trees. A bag depends on nothing but the
// seed, the tree's number and the number of units, and is the first thing a
// tree draws: so it need not be stored to tell later who was out of it.
type bagger struct {
	seed      uint64
	bootstrap bool
	source    rand.PCG
	counts    []uint32 // how often the present bag holds each unit
}

func newBagger(seed uint64, bootstrap bool, units int) *bagger {
	return &bagger{seed: seed, bootstrap: bootstrap, counts: make([]uint32, units)}
}

// draw fills b.counts with the bag of the given tree: as many units as there
// are, with replacement, or each once. It returns the generator for whatever
// else the tree draws.
func (b *bagger) draw(tree int) *rand.Rand {
	b.source.Seed(b.seed, uint64(tree))
	random := rand.New(&b.source)
	if !b.bootstrap {
		for u := range b.counts {
			b.counts[u] = 1
		}
		return random
	}
	clear(b.counts)
	for range b.counts {
		b.counts[random.IntN(len(b.counts))]++
	}
	return random
}
