package train

import (
	"cmp"
	"slices"

	"vmmp/pkg/model/internal/estimate"
)

// verdict is the outcome of a probability forecast, to learn reliability from.
type verdict struct {
	probability float64
	happened    bool
}

// pool is a run of verdicts of about one probability.
type pool struct{ probability, happened, n float64 }

// newReliability returns what is learned from out-of-bag verdicts, which it sorts: runs of equal number, whose
// frequencies are then made to rise by pooling (PAV).
func newReliability(vs []verdict) estimate.Reliability {
	if len(vs) == 0 {
		return estimate.Reliability{}
	}
	slices.SortFunc(vs, func(a, b verdict) int { return cmp.Compare(a.probability, b.probability) })
	size := max(30, len(vs)/40)
	var pools []pool
	for len(vs) > 0 {
		n := runLength(vs, size)
		pools = merge(append(pools, poolOf(vs[:n])))
		vs = vs[n:]
	}
	var r estimate.Reliability
	least := 0.0
	for _, p := range pools {
		// Small pools are drawn to a half, which must not make them fall.
		least = max(least, estimate.Rounded((p.happened+0.5)/(p.n+1)))
		r.Probability = append(r.Probability, estimate.Rounded(p.probability/p.n))
		r.Frequency = append(r.Frequency, least)
	}
	return r
}

// runLength returns how many verdicts make the next run: about size, equal probabilities never parted, no crumb left at
// the end.
func runLength(vs []verdict, size int) int {
	n := min(size, len(vs))
	for n < len(vs) && vs[n].probability == vs[n-1].probability {
		n++
	}
	if len(vs)-n < size/2 {
		return len(vs)
	}
	return n
}

func poolOf(vs []verdict) pool {
	p := pool{n: float64(len(vs))}
	for _, v := range vs {
		p.probability += v.probability
		if v.happened {
			p.happened++
		}
	}
	return p
}

// merge pools the last runs as long as their frequencies do not rise.
func merge(pools []pool) []pool {
	for len(pools) > 1 {
		a, b := pools[len(pools)-2], pools[len(pools)-1]
		if a.happened/a.n < b.happened/b.n {
			break
		}
		pools = append(pools[:len(pools)-2], pool{a.probability + b.probability, a.happened + b.happened, a.n + b.n})
	}
	return pools
}
