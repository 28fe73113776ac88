package forest

import "math/rand/v2"

// bagger draws the bags of a forest's trees: their bootstrap samples of units. A bag depends only on the seed, the
// tree's number and the number of units, and is the first thing a tree draws: so it need not be stored to know later
// which rows were out of it.
type bagger struct {
	seed      uint64
	bootstrap bool
	source    rand.PCG
	counts    []uint32 // how often the current bag holds each unit
}

func newBagger(seed uint64, bootstrap bool, units int) *bagger {
	return &bagger{seed: seed, bootstrap: bootstrap, counts: make([]uint32, units)}
}

// draw fills b.counts with the bag of the tree of the given number: as many units as there are, drawn with replacement,
// or each unit once. It returns the generator for whatever else the tree draws.
func (b *bagger) draw(number int) *rand.Rand {
	b.source.Seed(b.seed, uint64(number))
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
