package train

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"

	"gonum.org/v1/gonum/mat"

	"vmmp/forest"
	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
	"vmmp/pkg/model/internal/estimate"
)

// part is the rows of a design on which one quantity is known, with that quantity.
type part struct {
	design *design
	index  []int // rows of the design
	y      []float64
}

// where selects the rows whose outcome tells quantity.
func (d *design) where(quantity func(migration.Outcome) (float64, bool)) part {
	p := part{design: d}
	for i, row := range d.rows {
		if y, ok := quantity(row.outcome); ok {
			p.index, p.y = append(p.index, i), append(p.y, y)
		}
	}
	return p
}

// recordedWeight returns how many masked copies a row as it was recorded counts for, half of them: what nobody hid is
// what most will ask about.
func (d *design) recordedWeight() float64 { return float64((d.copies + 1) / 2) }

// data returns the part as a forest takes it, with targets z, and with or without what the physics says of its rows.
func (p part) data(z []float64, physics bool) forest.Data {
	width := estimate.ColumnCount()
	x := make([]float64, 0, max(1, len(p.index))*width)
	groups, weights := make([]int, len(p.index)), make([]float64, len(p.index))
	for k, i := range p.index {
		weights[k] = 1
		if p.design.rows[i].recorded {
			weights[k] = p.design.recordedWeight()
		}
		x = append(x, p.design.x[i*width:(i+1)*width]...)
		groups[k] = p.design.rows[i].group
	}
	if !physics {
		estimate.HidePhysics(x)
	}
	return forest.Data{X: mat.NewDense(len(p.index), width, x), Y: z, Groups: groups, Weights: weights}
}

// row returns the k-th row of the part.
func (p part) row(k int) *designRow { return &p.design.rows[p.index[k]] }

// thin returns at most n rows of the part, drawn evenly; for what needs a sample only.
func (p part) thin(n int, seed uint64) []int {
	kept := make([]int, len(p.index))
	for k := range kept {
		kept[k] = k
	}
	if len(kept) <= n {
		return kept
	}
	r := rand.New(rand.NewPCG(seed, 0x7468696e))
	r.Shuffle(len(kept), func(a, b int) { kept[a], kept[b] = kept[b], kept[a] })
	return kept[:n]
}

// meanLog returns the mean logarithm of the part's quantity, 0 without rows.
func (p part) meanLog() float64 {
	sum := 0.0
	for _, y := range p.y {
		sum += estimate.LogMS(y)
	}
	return sum / math.Max(1, float64(len(p.y)))
}

// columnsOf returns the i-th row of columns.
func (d *design) columnsOf(i int) []float64 {
	return d.x[i*estimate.ColumnCount() : (i+1)*estimate.ColumnCount()]
}

// sampled returns the part with about so many of its examples, all copies of each, and all examples of each group.
func (p part) sampled(examples int, seed uint64) part {
	recorded := len(p.recordedGroups())
	if recorded <= examples {
		return p
	}
	_, kept := evaluate.Split(p.groupNames(), float64(examples)/float64(recorded), seed)
	return p.pick(kept)
}

// split divides the part into the rows to train on, which are not in the fold, and those that are.
func (p part) split(folds []int, fold int) (in, out part) {
	var rest, held []int
	for k, f := range folds {
		if f == fold {
			held = append(held, k)
		} else {
			rest = append(rest, k)
		}
	}
	return p.pick(rest), p.pick(held)
}

// ofLearner returns the rows of the part that belong to one learner of a regressor.
func (p part) ofLearner(i int) part {
	var own []int
	for k := range p.index {
		if p.row(k).physics.Learner() == i {
			own = append(own, k)
		}
	}
	return p.pick(own)
}

// pick returns the part with the given rows of it.
func (p part) pick(rows []int) part {
	picked := part{design: p.design}
	for _, k := range rows {
		picked.index, picked.y = append(picked.index, p.index[k]), append(picked.y, p.y[k])
	}
	return picked
}

// groupNames returns the name of every row's group, so that copies of one example share it.
func (p part) groupNames() []string {
	names := make([]string, len(p.index))
	for k := range p.index {
		names[k] = strconv.Itoa(p.row(k).group)
	}
	return names
}

// recordedGroups returns the groups as the examples name them, once for each example.
func (p part) recordedGroups() []string {
	var names []string
	for k := range p.index {
		if row := p.row(k); row.recorded {
			names = append(names, p.design.examples[row.example].Group)
		}
	}
	return names
}

func distinct(names []string) int {
	seen := map[string]bool{}
	for _, name := range names {
		seen[name] = true
	}
	return len(seen)
}

// fitLearner grows the learner's forest on the part of a design that knows the quantity.
func fitLearner(ctx context.Context, l *estimate.Learner, rows part, c forest.Config) (forest.Data, error) {
	l.Middle = rows.meanLog()
	z := make([]float64, len(rows.y))
	for k, y := range rows.y {
		z[k] = estimate.LogMS(y) - l.Base(&rows.row(k).physics)
	}
	data := rows.data(z, l.Mode != estimate.Alone)
	var err error
	if l.Forest, err = forest.Fit(ctx, data, c); err != nil {
		return data, fmt.Errorf("grow the forest for %s: %w", l.Target, err)
	}
	return data, nil
}
