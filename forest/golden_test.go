package forest

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/v2.forest anew")

// TestBagsAreForEver pins the bags: OutOfBag redraws those of forests stored
// long ago, so a change here would quietly take seen rows for unseen ones.
func TestBagsAreForEver(t *testing.T) {
	b := newBagger(42, true, 12)
	for tree, want := range [][]uint32{
		{0, 2, 1, 0, 1, 0, 1, 2, 0, 0, 1, 4},
		{2, 1, 2, 0, 0, 1, 3, 1, 0, 0, 1, 1},
		{1, 3, 1, 1, 0, 1, 0, 1, 0, 1, 1, 2},
	} {
		if b.draw(tree); !slices.Equal(b.counts, want) {
			t.Errorf("tree %d draws %v, want %v", tree, b.counts, want)
		}
	}
}

// TestFormatIsForEver decodes a stored forest, smallForest of the day the
// format was made (go test -run FormatIsForEver -update).
func TestFormatIsForEver(t *testing.T) {
	path := filepath.Join("testdata", "v2.forest")
	if *update {
		if err := os.WriteFile(path, mustEncode(t, smallForest(t)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f := mustDecode(t, data)
	if f.Trees() != 3 || f.Columns() != 5 || f.Rows() != 40 {
		t.Errorf("%d trees, %d columns, %d rows; want 3, 5, 40", f.Trees(), f.Columns(), f.Rows())
	}
	row := []float64{0.5, 0.5, nan, 0.9, nan}
	if got, want := f.PredictRow(row), 19.781756083170574; math.Abs(got-want) > 1e-12 {
		t.Errorf("prediction %v, want %v", got, want)
	}
	leaves := ""
	for _, e := range f.LeafRows(nil, row) {
		leaves += fmt.Sprintf("%d:%.3f*%.4f ", e.Row, e.Target, e.Weight)
	}
	if want := "17:16.445*0.0667 38:21.671*0.2667 33:18.282*0.2222 29:21.238*0.1111 17:16.445*0.1111 30:18.964*0.2222 "; leaves != want {
		t.Errorf("leaf rows %s, want %s", leaves, want)
	}
	if !bytes.Equal(mustEncode(t, f), data) {
		t.Error("encodes to other bytes")
	}
}
