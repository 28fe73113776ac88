package train

import (
	"errors"

	"vmmp/forest"
	"vmmp/pkg/model"
	"vmmp/pkg/model/internal/estimate"
)

// What is wrong with training data as a whole.
var (
	ErrNoDowntime = errors.New("no row has a downtime of a migration that switched over by itself")
	ErrFewRows    = errors.New("too few rows to learn from")
)

// Options say how to train.
type Options struct {
	Trees int // of each forest; 0: 100
	Seed  uint64

	// Mode of the downtime and of the total time; empty: whichever does better in grouped cross-validation.
	Mode model.Mode

	// Prior answers beside what is learned of a site, as long as that is little; nil: nobody does. It is not used where
	// there are simulated examples to make one of.
	Prior *model.Model

	Workers  int                                 // that grow trees; 0: all processors; never changes the result
	Progress func(stage string, done, total int) // called now and then, never concurrently
}

// fewestExamples is the least number of migrations that a model is made from: below it, not even a quantile of the
// errors is known.
const fewestExamples = 20

// Shape of the forests. Leaves are large because each answers with a distribution and because the copies of one example
// are no news of each other; the numbers hardly matter between half and twice their value.
const (
	defaultTrees = 100
	leafRows     = 10   // least rows of a leaf
	leavesAtMost = 1000 // of a tree, about: more rows make larger leaves, so that the file and the answer stay small
	leafSamples  = 4    // rows that a leaf keeps for the distribution
	totalSamples = 2    // the same for the total time, of which only the mean is told
	verdictRows  = 50   // least rows of a leaf that answers with a probability
)

// forest returns the configuration of a regression forest on so many rows.
func (o Options) forest(stage string, rows int) forest.Config {
	c := forest.Config{
		Trees: o.Trees, Seed: o.Seed, Workers: o.Workers,
		MaxFeatures: (estimate.ColumnCount() + 1) / 2, MinLeaf: max(leafRows, rows/leavesAtMost),
		LeafSamples: leafSamples, NoCover: true,
	}
	if o.Progress != nil {
		c.Progress = func(done, total int) { o.Progress(stage, done, total) }
	}
	return c
}
