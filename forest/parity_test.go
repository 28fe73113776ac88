package forest

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// parityCase is a setting and the R2 scikit-learn reaches with it, the mean over several seeds. The names are
// scikit-learn's.
type parityCase struct {
	Data    string
	Setting struct {
		MaxFeatures    int   `json:"max_features"`
		MinSamplesLeaf int   `json:"min_samples_leaf"`
		MaxDepth       int   `json:"max_depth"`
		Bootstrap      *bool `json:"bootstrap"`
	}
	R2 float64
}

func (c parityCase) name() string {
	s := c.Setting
	return fmt.Sprintf("%s/features=%d,leaf=%d,depth=%d,bootstrap=%t",
		c.Data, s.MaxFeatures, s.MinSamplesLeaf, s.MaxDepth, s.Bootstrap == nil)
}

func (c parityCase) config(trees int, seed uint64) Config {
	s := c.Setting
	return Config{
		Trees: trees, Seed: seed, LeafSamples: -1,
		MaxFeatures: s.MaxFeatures, MinLeaf: s.MinSamplesLeaf, MaxDepth: s.MaxDepth,
		NoBootstrap: s.Bootstrap != nil && !*s.Bootstrap,
	}
}

// TestParity compares the accuracy on unseen rows with scikit-learn's, on the same rows with the same settings:
// testdata/parity.py made both.
func TestParity(t *testing.T) {
	const seeds, tolerance = 2, 0.005
	var reference struct {
		Trees int
		Cases []parityCase
	}
	text, err := os.ReadFile(filepath.Join("testdata", "parity.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &reference); err != nil {
		t.Fatal(err)
	}
	for _, c := range reference.Cases {
		t.Run(c.name(), func(t *testing.T) {
			train, test := readTable(t, c.Data+"-train.csv"), readTable(t, c.Data+"-test.csv")
			var scores []float64
			for seed := range uint64(seeds) {
				f := mustFit(t, train, c.config(reference.Trees, seed))
				scores = append(scores, stat.RSquaredFrom(f.Predict(nil, test.X), test.Y, nil))
			}
			r2 := stat.Mean(scores, nil)
			t.Logf("R2 %.4f, scikit-learn %.4f, difference %+.4f", r2, c.R2, r2-c.R2)
			if math.Abs(r2-c.R2) > tolerance {
				t.Errorf("R2 %.4f, want %.4f within %g", r2, c.R2, tolerance)
			}
		})
	}
}

// readTable reads a file of testdata: the features of a row, then its target.
func readTable(t *testing.T, name string) Data {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	columns := len(records[0]) - 1
	x, y := mat.NewDense(len(records), columns, nil), make([]float64, len(records))
	for i, record := range records {
		for j, cell := range record {
			v, err := strconv.ParseFloat(cell, 64)
			if err != nil {
				t.Fatalf("%s row %d: %v", name, i, err)
			}
			if j == columns {
				y[i] = v
			} else {
				x.Set(i, j, v)
			}
		}
	}
	return Data{X: x, Y: y}
}
