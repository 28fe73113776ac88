package model

import (
	"context"
	"fmt"
	"slices"

	"vmmp/forest"
	"vmmp/pkg/prediction"
)

// Options say how to train.
type Options struct {
	Trees int    `json:"trees"` // of each forest; 0: 100
	Seed  uint64 `json:"seed"`

	// Mode of the downtime and of the total time; empty: whichever does better in
	// grouped cross-validation.
	Mode Mode `json:"mode,omitempty"`

	Workers  int                                 `json:"-"` // that grow trees; 0: all processors; never changes the result
	Progress func(stage string, done, total int) `json:"-"` // called now and then, never concurrently
}

// fewestExamples is the least number of migrations that a model is made from:
// below it, not even a quantile of the errors is known.
const fewestExamples = 20

// Shape of the forests. Leaves are large because each answers with a distribution
// and because the copies of one example are no news of each other; the numbers
// hardly matter between half and twice their value.
const (
	defaultTrees = 100
	leafRows     = 10   // least rows of a leaf
	leavesAtMost = 1000 // of a tree, about: more rows make larger leaves, so that the file and the answer stay small
	leafSamples  = 4    // rows that a leaf keeps for the distribution
	totalSamples = 2    // the same for the total time, of which only the mean is told
	verdictRows  = 50   // least rows of a leaf that answers with a probability

	mostCopies   = 16
	fewestCopies = 5
	rowsAimedAt  = 100_000
)

// Train learns from examples. Rows teach what they know: the downtime and the
// total time where pre-copy switched over by itself, convergence wherever a
// status tells. Migrations that really happened and simulated ones teach an expert
// each, where there are enough of them. Errors are ErrNoDowntime, ErrFewRows, and
// those of ctx.
func Train(ctx context.Context, examples []Example, o Options) (*Model, error) {
	if o.Trees == 0 {
		o.Trees = defaultTrees
	}
	if o.Mode != "" && !slices.Contains(modes, o.Mode) {
		panic("model: unknown mode " + string(o.Mode))
	}
	if err := enough(examples); err != nil {
		return nil, err
	}
	m := &Model{schema: rangesOf(examples)}
	m.provenance.Options = o
	m.provenance.Rows = countRows(examples)
	measured, simulated := byWorld(examples)
	for _, world := range []struct {
		of       prediction.Support
		expert   **expert
		examples []Example
	}{{prediction.Measured, &m.measured, measured}, {prediction.Simulated, &m.simulated, simulated}} {
		if len(world.examples) == 0 {
			continue
		}
		e, modes, err := newExpert(ctx, world.examples, o)
		if err != nil {
			return nil, err
		}
		*world.expert = e
		for _, mode := range modes {
			mode.World = world.of
			m.provenance.Modes = append(m.provenance.Modes, mode)
		}
	}
	m.transfer = m.learnTransfer(examples)
	var err error
	_, m.id, err = m.encode()
	return m, err
}

// byWorld divides examples into those that really happened and simulated ones.
// Where one of the two is too few for an expert, all are the other's; and where
// both are, all count as simulated.
func byWorld(examples []Example) (measured, simulated []Example) {
	for _, e := range examples {
		if e.measured() {
			measured = append(measured, e)
		} else {
			simulated = append(simulated, e)
		}
	}
	switch {
	case len(simulated) == 0 || len(measured) == 0:
		return measured, simulated
	case enough(measured) != nil:
		return nil, examples
	case enough(simulated) != nil:
		return examples, nil
	}
	return measured, simulated
}

// enough refuses examples that nothing can be learned from, or nothing tested on.
func enough(examples []Example) error {
	n, groups := 0, map[int]bool{}
	for i, group := range groupNumbers(examples) {
		if _, ok := downtimeMS(examples[i].Outcome); ok {
			n++
			groups[group] = true
		}
	}
	switch {
	case n == 0:
		return fmt.Errorf("%w: training needs the column downtime_ms, and status completed where there is a status", ErrNoDowntime)
	case n < fewestExamples:
		return fmt.Errorf("%w: %d have a downtime, at least %d are needed", ErrFewRows, n, fewestExamples)
	case len(groups) < 2:
		return fmt.Errorf("%w: all %d that have a downtime are of one group, so that nothing can be tested on unseen ones; record other VMs too, or leave the group out",
			ErrFewRows, n)
	}
	return nil
}

// copiesFor is the number of masked copies of each of n examples: many of few
// rows, so that each pattern is seen, few of many, so that training stays short.
func copiesFor(n int) int {
	return min(mostCopies, max(fewestCopies, rowsAimedAt/max(1, n)))
}

// forest is the configuration of a regression forest on so many rows.
func (o Options) forest(stage string, rows int) forest.Config {
	c := forest.Config{
		Trees: o.Trees, Seed: o.Seed, Workers: o.Workers,
		MaxFeatures: (len(columns) + 1) / 2, MinLeaf: max(leafRows, rows/leavesAtMost), LeafSamples: leafSamples, NoCover: true,
	}
	if o.Progress != nil {
		c.Progress = func(done, total int) { o.Progress(stage, done, total) }
	}
	return c
}

// countRows counts the examples by what they teach.
func countRows(examples []Example) ProvenanceCount {
	n := ProvenanceCount{Train: len(examples)}
	for i := range examples {
		if examples[i].measured() {
			n.Measured++
		}
		if examples[i].Outcome.SwitchedOver() {
			n.Converged++
		}
	}
	return n
}
