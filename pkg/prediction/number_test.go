package prediction

import (
	"encoding/json"
	"math"
	"testing"
)

func TestFinite(t *testing.T) {
	for _, v := range []float64{math.Inf(1), math.Inf(-1), math.NaN()} {
		if got := Finite(v); !math.IsNaN(float64(got)) {
			t.Errorf("Finite(%v) = %v", v, got)
		}
	}
	for _, v := range []float64{0, -1.5, math.MaxFloat64} {
		if got := Finite(v); float64(got) != v {
			t.Errorf("Finite(%v) = %v", v, got)
		}
	}
}

// What JSON has no number for is null, and null is NaN.
func TestNumberAsJSON(t *testing.T) {
	for _, v := range []float64{math.Inf(-1), math.Inf(1), math.NaN()} {
		if got, err := json.Marshal(Number(v)); err != nil || string(got) != "null" {
			t.Errorf("%v: %s, %v", v, got, err)
		}
	}
	var n Number
	if err := json.Unmarshal([]byte("null"), &n); err != nil || !math.IsNaN(float64(n)) {
		t.Errorf("null is read as %v, %v", n, err)
	}
	if err := json.Unmarshal([]byte("1.5"), &n); err != nil || n != 1.5 {
		t.Errorf("1.5 is read as %v, %v", n, err)
	}
}
