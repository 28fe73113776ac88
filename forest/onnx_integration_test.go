//go:build integration

package forest

import (
	"bytes"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

// onnxFolder is the folder of the pinned runtime that scores the models.
const onnxFolder = "../.ci/tools/onnxruntime"

// onnxBatches are the numbers of rows scored at a time: the runtime has code for one, for some and for many.
var onnxBatches = []int{1, 40, 1000}

// score returns the runtime's predictions for the rows of x, for each of onnxBatches.
func score(t *testing.T, model []byte, x *mat.Dense) [][]float64 {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Fatalf("%v: .ci/setup installs it", err)
	}
	if _, err := os.Stat(filepath.Join(onnxFolder, "node_modules", "onnxruntime-node")); err != nil {
		t.Fatalf("%v: .ci/setup installs it", err)
	}
	rows, columns := x.Dims()
	modelFile, rowsFile := filepath.Join(t.TempDir(), "model.onnx"), filepath.Join(t.TempDir(), "rows")
	for file, data := range map[string][]byte{modelFile: model, rowsFile: float32s(x)} {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{filepath.Join(onnxFolder, "score.js"), modelFile, rowsFile, strconv.Itoa(columns)}
	for _, batch := range onnxBatches {
		args = append(args, strconv.Itoa(batch))
	}
	var stderr bytes.Buffer
	node := exec.CommandContext(t.Context(), "node", args...)
	node.Stderr = &stderr
	out, err := node.Output()
	if err != nil {
		t.Fatalf("score.js: %v\n%s", err, &stderr)
	}
	answers := parseLines(t, out)
	if len(answers) != rows*len(onnxBatches) {
		t.Fatalf("%d predictions for %d rows, scored %d times", len(answers), rows, len(onnxBatches))
	}
	return slices.Collect(slices.Chunk(answers, rows))
}

// float32s returns the values of x, row by row.
func float32s(x *mat.Dense) (data []byte) {
	for _, v := range x.RawMatrix().Data {
		data = appendFloat32(data, float32(v))
	}
	return data
}

func parseLines(t *testing.T, out []byte) (values []float64) {
	t.Helper()
	for _, line := range strings.Fields(string(out)) {
		v, err := strconv.ParseFloat(line, 64)
		if err != nil {
			t.Fatal(err)
		}
		values = append(values, v)
	}
	return values
}

// largestDifference returns the largest relative difference of two predictions.
func largestDifference(got, want []float64) float64 {
	w := 0.0
	for i := range want {
		if got[i] != want[i] {
			w = max(w, math.Abs(got[i]-want[i])/math.Abs(want[i])) // max keeps a NaN
		}
	}
	return w
}

// rounded returns x with its values rounded to multiples of step, and so in float32: there are many ties with
// thresholds.
func rounded(x mat.Matrix, step float64) *mat.Dense {
	r := mat.DenseCopyOf(x)
	r.Apply(func(_, _ int, v float64) float64 { return math.Round(v/step) * step }, r)
	return r
}

const float32Step = 1.0 / (1 << 24) // divides all values in [0, 1) that float32 can represent exactly

// extreme returns x with some values beyond all that a forest was fitted to.
func extreme(x mat.Matrix) *mat.Dense {
	r := mat.DenseCopyOf(x)
	r.Apply(func(i, j int, v float64) float64 {
		switch (3*i + j) % 11 {
		case 0:
			return math.Inf(1)
		case 1:
			return math.Inf(-1)
		case 2:
			return math.MaxFloat32
		}
		return v
	}, r)
	return r
}

// weighted returns d with weights, some of them 0.
func weighted(d Data) Data {
	d.Weights = make([]float64, len(d.Y))
	for i := range d.Weights {
		d.Weights[i] = float64(i % 5)
	}
	return d
}

// onnxForests are forests whose trees make different demands on a runtime.
func onnxForests(t *testing.T) map[string]*Forest {
	known := friedman1(1, 1000, 7)
	missing := withMissing(known, 0.3)
	few, constant := friedman1(1, 2, 7), friedman1(1, 50, 7)
	for i := range constant.Y {
		constant.Y[i] = 17.25
	}
	lattice := known
	lattice.X = rounded(known.X, 1.0/8)
	return map[string]*Forest{
		"known":        mustFit(t, known, Config{}),
		"missing":      mustFit(t, missing, Config{MaxFeatures: 3}),
		"weighted":     mustFit(t, weighted(missing), Config{MinLeaf: 5}),
		"lattice":      mustFit(t, lattice, Config{}),
		"one tree":     mustFit(t, missing, Config{Trees: 1}),
		"shallow":      mustFit(t, missing, Config{MaxDepth: 1}),
		"stumps":       mustFit(t, few, Config{}), // and trees that are a leaf, by their bags
		"leaves":       mustFit(t, constant, Config{}),
		"wide indices": mustFit(t, withMissing(friedman1(1, 300, 200), 0.3), Config{Trees: 30}),
	}
}

func TestONNXInARuntime(t *testing.T) {
	for name, f := range onnxForests(t) {
		t.Run(name, func(t *testing.T) {
			model := mustONNX(t, f)
			d := friedman1(2, 1000, f.Columns())
			for kind, x := range map[string]*mat.Dense{
				"known rows": rounded(d.X, float32Step),
				"missing":    rounded(withMissing(d, 0.3).X, float32Step),
				"tied":       rounded(withMissing(d, 0.1).X, 1.0/16),
				"extreme":    extreme(rounded(d.X, float32Step)),
				"nothing":    mat.NewDense(1, f.Columns(), nans(f.Columns())),
			} {
				want := f.Predict(nil, x)
				for i, got := range score(t, model, x) {
					w := largestDifference(got, want)
					if !(w <= 1e-4) {
						t.Errorf("%s, %d at a time: relative difference %v", kind, onnxBatches[i], w)
					}
					t.Logf("%s, %d at a time: relative difference %.2g, %d bytes", kind, onnxBatches[i], w, len(model))
				}
			}
		})
	}
}

func nans(n int) []float64 {
	row := make([]float64, n)
	for i := range row {
		row[i] = nan
	}
	return row
}

// TestONNXForestsHaveEverySplit checks that the forests cover splits that send missing values either way, and splits of
// known from unknown values, either way.
func TestONNXForestsHaveEverySplit(t *testing.T) {
	forests := onnxForests(t)
	for _, name := range []string{"missing", "weighted"} {
		splits := map[[2]bool]int{}
		forests[name].eachONNX(func(n *onnxNode) {
			if !n.leaf {
				splits[[2]bool{n.missingLeft == 1, math.IsInf(float64(n.threshold), 1)}]++
			}
		})
		// Known values to the left with missing ones would be no split.
		if splits[[2]bool{true, false}] == 0 || splits[[2]bool{false, false}] == 0 || splits[[2]bool{false, true}] == 0 {
			t.Errorf("%s: splits by where missing values go and whether the threshold is infinite: %v", name, splits)
		}
	}
	leaves := 0
	stumps := forests["stumps"]
	for i := range stumps.Trees() {
		if b, root := stumps.locate(i); isLeaf(b.nodes[root]) {
			leaves++
		}
	}
	if leaves == 0 || leaves == stumps.Trees() {
		t.Errorf("%d of %d stumps are leaves", leaves, stumps.Trees())
	}
}
