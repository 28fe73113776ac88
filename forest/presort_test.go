package forest

import (
	"context"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func TestPresort(t *testing.T) {
	x := mat.NewDense(6, 2, []float64{
		0, nan,
		math.Copysign(0, -1), 1,
		nan, -1e300,
		-2, -1e301,
		nan, 1,
		1e-60, nan,
	})
	data, err := newDataset(Data{X: x, Y: make([]float64, 6)})
	if err != nil {
		t.Fatal(err)
	}
	for column, want := range [][]uint32{{3, 0, 1, 5, 2, 4}, {2, 3, 1, 4, 0, 5}} {
		var got []uint32
		for _, e := range presort(context.Background(), data, 2)[column] {
			got = append(got, e.row())
			if x := data.row(int(e.row()))[column]; sortKey(x) != e.key() {
				t.Errorf("column %d: entry %v of a row with %v", column, e, x)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("column %d: rows %v, want %v", column, got, want)
		}
	}
}
