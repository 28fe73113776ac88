package train

import (
	"vmmp/pkg/migration"
	"vmmp/pkg/model/internal/estimate"
	"vmmp/pkg/precopy"
)

// design is the training rows as the forests see them: every example several times, each time under another mask. All
// copies of an example, and all examples of a group, share a group number, so that none is out of bag while another is
// in.
type design struct {
	examples []Example
	copies   int
	rows     []designRow
	x        []float64 // row-major, one row of columns for each of rows
	usual    migration.Set
	place    precopy.Site
}

// designRow is one copy of an example.
type designRow struct {
	example  int
	recorded bool // nothing of the example is masked
	group    int
	known    migration.Set
	class    estimate.Class
	physics  estimate.Physics
	outcome  migration.Outcome
}

// newDesign masks the examples: the first copy of each as recorded, the second by "any", the others by the remaining
// patterns in turn. Their physics is that of a site.
func newDesign(place precopy.Site, examples []Example, copies int, seed uint64) *design {
	d := &design{place: place, examples: examples, copies: copies, usual: usualSet(examples)}
	groups := groupNumbers(examples)
	for i := range examples {
		for c := range copies {
			x, outcome := examples[i].untimed(copyPattern(i, c).Mask(seed, uint64(i*copies+c)))
			d.add(designRow{example: i, recorded: c == 0, group: groups[i]}, x, outcome)
		}
	}
	return d
}

// copyPattern returns the pattern of the c-th copy of the i-th example.
func copyPattern(i, c int) Pattern {
	if c > 1 {
		return Patterns[2+(i+c)%(len(Patterns)-2)]
	}
	return Patterns[c]
}

// add makes a row of what is known of a copy, and of what came of it.
func (d *design) add(row designRow, x migration.Features, outcome migration.Outcome) {
	p := estimate.Analyse(&d.place, x)
	d.x = estimate.AppendRow(d.x, x, &p)
	row.known, row.class, row.physics, row.outcome = x.Known(), estimate.ClassOf(x.Known(), d.usual, &p), p, outcome
	d.rows = append(d.rows, row)
}

// Copies of the examples, each masked.
const (
	mostCopies   = 16
	fewestCopies = 5
	rowsAimedAt  = 100_000
)

// copiesFor returns the number of masked copies of each of n examples: many of few rows, so that each pattern is seen,
// few of many, so that training stays short.
func copiesFor(n int) int {
	return min(mostCopies, max(fewestCopies, rowsAimedAt/max(1, n)))
}

// groupNumbers returns the number of each example's group; an example without a name is a group by itself.
func groupNumbers(examples []Example) []int {
	number, numbers := map[string]int{}, make([]int, len(examples))
	for i, e := range examples {
		if e.Group == "" {
			numbers[i] = len(examples) + i
			continue
		}
		n, ok := number[e.Group]
		if !ok {
			n = len(number)
			number[e.Group] = n
		}
		numbers[i] = n
	}
	return numbers
}

// usualSet returns the features that nine in ten examples know.
func usualSet(examples []Example) migration.Set {
	var known [migration.Count]int
	for _, e := range examples {
		for f := range e.Features.Known().All() {
			known[f]++
		}
	}
	var s migration.Set
	known[migration.TimeoutS] = 0 // no forest knows it
	for f, n := range known[:estimate.LearnedCount] {
		if 10*n >= 9*len(examples) && n > 0 {
			s |= migration.Of(migration.Feature(f))
		}
	}
	return s
}
