package estimate

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestScaleLeavesTheFixedPart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log, dirty := rapid.Float64Range(-2, 20).Draw(t, "log"), rapid.Float64Range(-2, 2).Draw(t, "dirty")
		got, ms := math.Exp(ScaleMemory(log, dirty)), math.Exp(log)
		want := ms
		if ms > FixedMS {
			want = FixedMS + (ms-FixedMS)*math.Exp(dirty)
		}
		if math.Abs(got-want) > 1e-9*want {
			t.Fatalf("%v ms become %v, want %v", ms, got, want)
		}
		if back := ScaleMemory(ScaleMemory(log, dirty), -dirty); math.Abs(back-log) > 1e-6 {
			t.Fatalf("there and back: %v from %v", back, log)
		}
		if further := ScaleMemory(log+0.1, dirty); further <= ScaleMemory(log, dirty) {
			t.Fatalf("a longer pause becomes a shorter one: %v", further)
		}
	})
	if got := ScaleMemory(farLog, 0.3); got != farLog+0.3 {
		t.Errorf("a pause beyond all times becomes %v", got)
	}
}
