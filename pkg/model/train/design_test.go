package train

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vmmp/pkg/migration"
	"vmmp/pkg/model/internal/estimate"
	"vmmp/pkg/model/internal/modeltest"
	"vmmp/pkg/precopy"
	"vmmp/pkg/prediction"
)

// inGroups gives n examples k groups in turn.
func inGroups(examples []Example, k int) []Example {
	for i := range examples {
		examples[i].Group = fmt.Sprintf("group-%d", i%k)
	}
	return examples
}

// timely gives examples a timeout that have none.
func timely(examples []Example) []Example {
	for i := range examples {
		if e := &examples[i]; !e.Features.Known().Has(migration.TimeoutS) {
			e.Features.Set(migration.TimeoutS, 600)
		}
	}
	return examples
}

func TestDesignHasCopiesOfEachExample(t *testing.T) {
	examples := timely(draw(30, 1))
	d := newDesign(precopy.Typical, examples, 7, 1)
	if len(d.rows) != 30*7 || len(d.x) != len(d.rows)*estimate.ColumnCount() {
		t.Fatalf("%d rows, %d values", len(d.rows), len(d.x))
	}
	for i, row := range d.rows {
		if row.example != i/7 || row.recorded != (i%7 == 0) {
			t.Fatalf("row %d: example %d, recorded %v", i, row.example, row.recorded)
		}
		if row.recorded {
			x, outcome := examples[row.example].untimed(migration.Everything)
			p := estimate.Analyse(&precopy.Typical, x)
			if !cmp.Equal(d.columnsOf(i), estimate.AppendRow(nil, x, &p), modeltest.EquateNaN) {
				t.Fatalf("row %d is not as recorded", i)
			}
			if !cmp.Equal(row.outcome, outcome, modeltest.EquateNaN) {
				t.Fatalf("row %d has outcome %+v", i, row.outcome)
			}
		}
	}
}

func TestDesignDependsOnTheSeed(t *testing.T) {
	examples := draw(10, 1)
	a, b, c := newDesign(precopy.Typical, examples, 5, 1), newDesign(precopy.Typical, examples, 5, 1), newDesign(precopy.Typical, examples, 5, 2)
	if !cmp.Equal(a.x, b.x, modeltest.EquateNaN) {
		t.Error("the same seed gives another design")
	}
	if cmp.Equal(a.x, c.x, modeltest.EquateNaN) {
		t.Error("another seed gives the same design")
	}
}

// Five copies leave room for three of the five further patterns: over the
// examples, all are seen alike.
func TestDesignUsesEveryPattern(t *testing.T) {
	const examples, copies = 50, fewestCopies
	masks := map[string]int{}
	all := timely(draw(examples, 1))
	d := newDesign(precopy.Typical, all, copies, 9)
	for i := range d.rows {
		for _, p := range Patterns {
			x, _ := all[d.rows[i].example].untimed(p.Mask(9, uint64(i)))
			f := estimate.Analyse(&precopy.Typical, x)
			if cmp.Equal(d.columnsOf(i), estimate.AppendRow(nil, x, &f), modeltest.EquateNaN) {
				masks[p.Name]++
			}
		}
	}
	for _, p := range Patterns {
		want := examples * (copies - 2) / (len(Patterns) - 2)
		if p.Name == "recorded" || p.Name == "any" {
			want = examples
		}
		if masks[p.Name] < want*9/10 {
			t.Errorf("%s masks %d rows, want about %d", p.Name, masks[p.Name], want)
		}
	}
}

// No forest learns from a timeout: a migration that had one teaches what would have come of it without, where that is
// known, and nothing where it was given up and nobody knows.
func TestDesignKnowsNoTimeout(t *testing.T) {
	examples := timely(draw(60, 1))
	taught := 0
	for i := range examples {
		if e := &examples[i]; i%2 == 0 {
			e.Untimed = nil
			e.Outcome = outcome(migration.NotConverged, math.NaN(), 3)
		} else if e.Untimed == nil {
			t.Fatal("an example that does not know what comes of it without a timeout")
		}
	}
	const copies = 7
	d := newDesign(precopy.Typical, examples, copies, 1)
	if len(d.rows) != len(examples)*copies {
		t.Fatalf("%d rows", len(d.rows))
	}
	for i, row := range d.rows {
		if row.known.Has(migration.TimeoutS) {
			t.Fatalf("row %d knows its timeout", i)
		}
		want := examples[row.example].Untimed
		if want == nil {
			want = &migration.Outcome{}
			*want = migration.UnknownOutcome()
		} else if _, ok := switchedOver(row.outcome); ok {
			taught++
		}
		if !cmp.Equal(row.outcome, *want, modeltest.EquateNaN) {
			t.Fatalf("row %d teaches %+v, want %+v", i, row.outcome, *want)
		}
	}
	if taught != copies*len(examples)/2 {
		t.Errorf("%d rows teach", taught)
	}
}

func TestGroupNumbers(t *testing.T) {
	var examples []Example
	for _, name := range []string{"a", "", "b", "a", "", "b", "4"} {
		e := Example{}
		e.Group = name
		examples = append(examples, e)
	}
	numbers := groupNumbers(examples)
	for i, a := range examples {
		for j, b := range examples {
			same := i == j || a.Group != "" && a.Group == b.Group
			if (numbers[i] == numbers[j]) != same {
				t.Errorf("examples %d (%q) and %d (%q) have numbers %d and %d", i, a.Group, j, b.Group, numbers[i], numbers[j])
			}
		}
	}
}

func TestCopiesShareTheGroup(t *testing.T) {
	for name, examples := range map[string][]Example{"grouped": inGroups(draw(40, 1), 6), "each its own": draw(40, 1)} {
		d := newDesign(precopy.Typical, examples, 5, 1)
		number := map[string]int{}
		for _, row := range d.rows {
			group := examples[row.example].Group
			if n, ok := number[group]; ok && n != row.group {
				t.Fatalf("%s: group %q has numbers %d and %d", name, group, n, row.group)
			}
			number[group] = row.group
		}
	}
}

func TestUsualIsWhatNineInTenKnow(t *testing.T) {
	examples := make([]Example, 20)
	for i := range examples {
		examples[i].Features.Set(migration.CPULoad, 50)
		if i < 18 {
			examples[i].Features.Set(migration.MemoryUsage, 50)
		}
		if i < 17 {
			examples[i].Features.Set(migration.DiskIO, 50)
		}
	}
	for i := range examples {
		examples[i].Features.Set(migration.TimeoutS, 60) // which no forest knows
	}
	if got, want := usualSet(examples), estimate.Required; got != want {
		t.Errorf("usual is %v, want %v", got, want)
	}
	if got := usualSet(nil); got != 0 {
		t.Errorf("usual of no examples is %v", got)
	}
}

func TestWhereSelectsWhatIsTold(t *testing.T) {
	d := newDesign(precopy.Typical, draw(100, 1), 5, 1)
	p := d.where(downtimeMS)
	k := 0
	for i, row := range d.rows {
		y, ok := downtimeMS(row.outcome)
		if !ok {
			continue
		}
		if p.index[k] != i || p.y[k] != y || p.row(k) != &d.rows[i] {
			t.Fatalf("row %d of the part is %d with %v, want %d with %v", k, p.index[k], p.y[k], i, y)
		}
		k++
	}
	if k != len(p.y) || k == len(d.rows) || k == 0 {
		t.Errorf("%d of %d rows", len(p.y), len(d.rows))
	}
}

func TestDataOfAPart(t *testing.T) {
	d := newDesign(precopy.Typical, inGroups(draw(30, 1), 4), 3, 1)
	p := d.where(downtimeMS)
	data := p.data(p.y, true)
	rows, width := data.X.Dims()
	if rows != len(p.y) || width != estimate.ColumnCount() || len(data.Groups) != rows {
		t.Fatalf("%d rows of %d columns, %d groups", rows, width, len(data.Groups))
	}
	for k, i := range p.index {
		if data.Groups[k] != d.rows[i].group || data.X.At(k, 0) != d.columnsOf(i)[0] && !math.IsNaN(d.columnsOf(i)[0]) {
			t.Fatalf("row %d of the part is not row %d of the design", k, i)
		}
	}
}

// groupsIn are the group numbers of the rows of a part.
func groupsIn(p part) map[int]int {
	rows := map[int]int{}
	for k := range p.index {
		rows[p.row(k).group]++
	}
	return rows
}

func TestSampledKeepsWholeGroups(t *testing.T) {
	p := newDesign(precopy.Typical, inGroups(draw(120, 1), 20), 5, 1).where(switchedOver)
	all, some := groupsIn(p), groupsIn(p.sampled(30, 3))
	if len(some) < 3 || len(some) > 8 {
		t.Errorf("30 of 120 examples are %d of 20 groups", len(some))
	}
	for group, rows := range some {
		if rows != all[group] {
			t.Errorf("%d of the %d rows of group %d", rows, all[group], group)
		}
	}
	if got := p.sampled(120, 3); len(got.y) != len(p.y) {
		t.Errorf("all examples are %d of %d rows", len(got.y), len(p.y))
	}
}

func TestSplitDividesByFold(t *testing.T) {
	p := newDesign(precopy.Typical, draw(20, 1), 3, 1).where(switchedOver)
	folds := make([]int, len(p.y))
	for k := range folds {
		folds[k] = k % 3
	}
	train, test := p.split(folds, 1)
	if len(train.y)+len(test.y) != len(p.y) || test.index[0] != p.index[1] || train.index[0] != p.index[0] {
		t.Errorf("%d and %d of %d rows", len(train.y), len(test.y), len(p.y))
	}
	for _, i := range test.index {
		if slices.Contains(train.index, i) {
			t.Fatalf("row %d is on both sides", i)
		}
	}
}

func TestThin(t *testing.T) {
	p := newDesign(precopy.Typical, draw(40, 1), 5, 1).where(switchedOver)
	kept := p.thin(50, 1)
	if len(kept) != 50 {
		t.Fatalf("%d rows", len(kept))
	}
	slices.Sort(kept)
	if once := slices.Compact(slices.Clone(kept)); len(once) != 50 || kept[49] >= len(p.y) || kept[49] < len(p.y)/2 {
		t.Errorf("kept %v of %d", kept, len(p.y))
	}
	for k, i := range p.thin(len(p.y), 1) {
		if i != k {
			t.Fatal("a part that is small enough is not left alone")
		}
	}
}

func TestMeanLog(t *testing.T) {
	modeltest.Near(t, "mean logarithm", part{y: []float64{1, 100, 0}}.meanLog(), (math.Log(100)+math.Log(prediction.LeastMS))/3)
	modeltest.Near(t, "of nothing", part{}.meanLog(), 0)
}
