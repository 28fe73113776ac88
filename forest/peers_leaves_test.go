//go:build bench

package forest

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"runtime"
	"strconv"
	"strings"

	"github.com/dmitryikh/leaves"
	"gonum.org/v1/gonum/mat"
)

// leavesRounds is how often vmmp and leaves are timed in turn.
const leavesRounds = 5

// leavesReport holds the figures of vmmp and of the library leaves for the same forest.
type leavesReport struct {
	Ours   peerReport `json:"ours"`
	Theirs peerReport `json:"theirs"`
	Worst  float64    `json:"worst"` // difference of their predictions, relative
}

// compareWithLeaves times predictions of one forest by vmmp and by leaves.
func (j peerJob) compareWithLeaves() (r leavesReport, err error) {
	train, err := readPeerData(j.folder, "train", j.columns)
	if err != nil {
		return r, err
	}
	test, err := readPeerData(j.folder, "test", j.columns)
	if err != nil {
		return r, err
	}
	f, err := j.fit(train)
	if err != nil {
		return r, err
	}
	e, err := toLeaves(f)
	if err != nil {
		return r, err
	}
	ours, theirs, x := asPredictor(f), leavesPredictor(e, j.threads), test.X.(*mat.Dense)
	unknown := withMissing(test, 0.1).X.(*mat.Dense)
	r.Worst = max(worstDifference(ours, theirs, x), worstDifference(ours, theirs, unknown))
	runtime.GC() // frees what the exchange allocated
	r.Ours.RowSeconds, r.Theirs.RowSeconds = inTurn(ours, theirs, func(p predictor) float64 { return p.rowSeconds(x) })
	r.Ours.BatchPerSec, r.Theirs.BatchPerSec = inTurn(ours, theirs, func(p predictor) float64 { return p.batchPerSec(x) })
	return r, nil
}

// inTurn returns the medians of a measure of two programs, taken in turn.
func inTurn(ours, theirs predictor, measure func(predictor) float64) (float64, float64) {
	var a, b []float64
	for range leavesRounds {
		a, b = append(a, measure(ours)), append(b, measure(theirs))
	}
	return middle(a), middle(b)
}

func leavesPredictor(e *leaves.Ensemble, threads int) predictor {
	return predictor{
		row: func(row []float64) float64 { return e.PredictSingle(row, 0) },
		batch: func(dst []float64, x *mat.Dense) {
			m := x.RawMatrix()
			if err := e.PredictDense(m.Data, m.Rows, m.Cols, dst, 0, threads); err != nil {
				panic(err) // the forest has another number of columns
			}
		},
	}
}

// worstDifference returns the largest relative difference of predictions for the rows of x, one by one and as a batch.
func worstDifference(ours, theirs predictor, x *mat.Dense) float64 {
	rows, _ := x.Dims()
	a, b := make([]float64, rows), make([]float64, rows)
	ours.batch(a, x)
	theirs.batch(b, x)
	worst := 0.0
	for i := range rows {
		row := x.RawRowView(i)
		for _, other := range []float64{b[i], ours.row(row), theirs.row(row)} {
			worst = max(worst, math.Abs(a[i]-other)/max(1, math.Abs(a[i])))
		}
	}
	return worst
}

// toLeaves returns f as read by leaves.
func toLeaves(f *Forest) (*leaves.Ensemble, error) {
	r, w := io.Pipe()
	defer r.Close() // what is left unread must not block the writer
	go func() { w.CloseWithError(writeLightGBM(w, f)) }()
	e, err := leaves.LGEnsembleFromReader(bufio.NewReader(r), false)
	if err != nil {
		return nil, fmt.Errorf("have leaves read the forest: %w", err)
	}
	return e, nil
}

// writeLightGBM writes f in the text form of LightGBM, as far as leaves reads it: of the sizes of the trees it takes
// nothing but their number.
func writeLightGBM(w io.Writer, f *Forest) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "tree\nversion=v3\nnum_class=1\nnum_tree_per_iteration=1\n")
	fmt.Fprintf(b, "max_feature_idx=%d\naverage_output\n", f.columns-1)
	fmt.Fprintf(b, "tree_sizes=%s\n\n", strings.TrimSpace(strings.Repeat("0 ", f.trees)))
	for i := range f.trees {
		fmt.Fprintf(b, "Tree=%d\n", i)
		newLightTree(f.locate(i)).write(b)
	}
	return b.Flush()
}

// lightTree is a tree of LightGBM: its splits and its leaves are numbered by themselves. A child that is leaf n is
// -1-n.
type lightTree struct {
	column, threshold, decision []string
	left, right                 []string
	value                       []string
}

// newLightTree renumbers the tree at root.
func newLightTree(b *block, root uint64) *lightTree {
	number, splits, ends := make(map[uint64]int), 0, 0
	b.eachNode(root, func(at uint64) {
		if isLeaf(b.nodes[at]) {
			ends++
			number[at] = -ends
		} else {
			number[at] = splits
			splits++
		}
	})
	t := &lightTree{}
	b.eachNode(root, func(at uint64) { t.add(b, at, number) })
	return t
}

// add adds the node at the given position.
func (t *lightTree) add(b *block, at uint64, number map[uint64]int) {
	// In a decision_type, 2 sends missing values left, and 8 declares NaN a missing value.
	const missingLeft, missingNaN = 2, 8
	w := b.nodes[at]
	if isLeaf(w) {
		t.value = append(t.value, formatExactly(leafValue(w)))
		return
	}
	column, left := b.splitAt(at)
	decision := missingNaN
	if left {
		decision |= missingLeft
	}
	child := b.children(at)
	t.column = append(t.column, strconv.Itoa(column))
	t.threshold = append(t.threshold, formatExactly(float64(splitThreshold(w))))
	t.decision = append(t.decision, strconv.Itoa(decision))
	t.left = append(t.left, strconv.Itoa(number[child]))
	t.right = append(t.right, strconv.Itoa(number[child+1]))
}

func formatExactly(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

func (t *lightTree) write(w io.Writer) {
	fmt.Fprintf(w, "num_leaves=%d\nnum_cat=0\n", len(t.value))
	for _, field := range []struct {
		name   string
		values []string
	}{
		{"split_feature", t.column}, {"threshold", t.threshold}, {"decision_type", t.decision},
		{"left_child", t.left}, {"right_child", t.right}, {"leaf_value", t.value},
	} {
		fmt.Fprintf(w, "%s=%s\n", field.name, strings.Join(field.values, " "))
	}
	fmt.Fprintln(w)
}
