package forest

import (
	"fmt"
	"runtime"
)

const defaultTrees = 100

// Config holds the settings of Fit. The zero value is ready for use: 100 fully grown trees that try every column at
// every split.
type Config struct {
	// Trees is the number of trees. 0 means 100.
	Trees int

	// MaxFeatures is the number of columns tried per split, drawn anew at every node. If all of them are constant
	// there, further ones are drawn until one is not. 0, or more than there are columns, means all.
	MaxFeatures int

	// MinLeaf is the fewest distinct in-bag training rows a leaf may hold. A row drawn twice counts once, as in
	// scikit-learn. 0 means 1.
	MinLeaf int

	// MaxDepth is the most splits between the root and a leaf. 0 means no limit.
	MaxDepth int

	// LeafSamples caps the draws kept per leaf for LeafRows and Quantiles. A row that the bootstrap drew m times is m
	// draws; where a leaf holds more than LeafSamples, that many are chosen uniformly without replacement. 0 keeps all,
	// a negative value none. It never changes predictions.
	LeafSamples int

	// NoCover leaves out the share of the training weight that went left at each split: 4 bytes a split that only
	// Explainer needs.
	NoCover bool

	// NoBootstrap grows every tree on all rows. Trees then differ only by the columns they draw and by how ties fall,
	// and no row is ever out of bag.
	NoBootstrap bool

	// Seed selects the random numbers. Tree i uses the PCG stream (Seed, i).
	Seed uint64

	// Workers is the number of trees grown at a time. 0 means GOMAXPROCS. It never changes the result.
	Workers int

	// Progress, unless nil, is called after each tree with the number of trees done. Calls never overlap and done rises
	// by one from call to call, but they come from several goroutines.
	Progress func(done, total int)
}

// withDefaults returns c with its zeros replaced by the defaults for data of the given number of columns. It returns
// ErrConfig, wrapped, if a field is negative.
func (c Config) withDefaults(columns int) (Config, error) {
	for _, field := range []struct {
		name  string
		value int
	}{
		{"Trees", c.Trees}, {"MaxFeatures", c.MaxFeatures}, {"MinLeaf", c.MinLeaf},
		{"MaxDepth", c.MaxDepth}, {"Workers", c.Workers},
	} {
		if field.value < 0 {
			return c, fmt.Errorf("%w: %s is %d", ErrConfig, field.name, field.value)
		}
	}
	if c.Trees == 0 {
		c.Trees = defaultTrees
	}
	if c.MaxFeatures == 0 || c.MaxFeatures > columns {
		c.MaxFeatures = columns
	}
	if c.Workers == 0 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	c.MinLeaf = max(c.MinLeaf, 1)
	return c, nil
}
