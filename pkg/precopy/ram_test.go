package precopy

import (
	"testing"

	"pgregory.net/rapid"
)

// A segment of less than nothing would never be gone through, and the run never end.
func TestRoundingMakesNoSegmentOfLessThanNothing(t *testing.T) {
	seen := false
	rapid.Check(t, func(t *rapid.T) {
		resident, end := rapid.Float64Range(0, 1e5).Draw(t, "resident"), rapid.Float64Range(0, 64).Draw(t, "end")
		p := Params{ResidentMiB: resident, EndMiB: end, TailMiB: resident / 2, MemoryMiB: resident + end, RoundRate: 100}
		if err := p.complete(); err != nil {
			t.Fatal(err)
		}
		p.MemoryMiB -= p.EndMiB // as where no zeros lie at the end
		p.EndMiB = 0
		seen = seen || p.MemoryMiB < p.ResidentMiB
		for i, s := range newRAM(&p).ahead {
			if s.mib < 0 {
				t.Fatalf("segment %d is of %g MiB", i, s.mib)
			}
		}
	})
	if !seen {
		t.Error("rounding never made memory less than what is resident: nothing was tried")
	}
}
