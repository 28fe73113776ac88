package forest

import (
	"math"
	"slices"
	"testing"
)

func TestRound32(t *testing.T) {
	for _, test := range []struct {
		v    float64
		want float32
	}{
		{0.1, 0.1},
		{-16777217, -16777216},
		{1e300, math.MaxFloat32},
		{-1e300, -math.MaxFloat32},
		{math.MaxFloat32 * (1 + 1e-9), math.MaxFloat32},
		{1e-300, 0},
	} {
		if got := round32(test.v); got != test.want {
			t.Errorf("round32(%v) = %v, want %v", test.v, got, test.want)
		}
	}
	if got := round32(nan); got == got {
		t.Errorf("round32(NaN) = %v", got)
	}
	if math.Signbit(float64(round32(math.Copysign(0, -1)))) {
		t.Error("round32 keeps the sign of zero")
	}
}

func TestSortKeyKeepsOrder(t *testing.T) {
	ascending := []float32{
		-math.MaxFloat32, -1, -math.SmallestNonzeroFloat32, 0,
		math.SmallestNonzeroFloat32, 1, math.MaxFloat32, float32(nan),
	}
	if !slices.IsSortedFunc(ascending, func(a, b float32) int { return int(sortKey(a)>>1) - int(sortKey(b)>>1) }) {
		t.Errorf("keys of %v do not ascend", ascending)
	}
	if a, b := sortKey(float32(nan)), sortKey(-float32(nan)); a != b {
		t.Errorf("two NaN have keys %x and %x", a, b)
	}
}
