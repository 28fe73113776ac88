package migration

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestSetAgainstASlice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		features := rapid.SliceOf(rapid.IntRange(0, Count-1)).Draw(t, "features")
		slices.Sort(features)
		features = slices.Compact(features)
		var s Set
		for _, f := range features {
			s |= Of(Feature(f))
		}
		var got []int
		for f := range s.All() {
			got = append(got, int(f))
		}
		if !slices.Equal(got, features) && len(features) > 0 || s.Len() != len(features) {
			t.Fatalf("%v holds %v of %d", features, got, s.Len())
		}
		for f := range Feature(Count) {
			if s.Has(f) != slices.Contains(features, int(f)) {
				t.Fatalf("Has(%s) = %v", f, s.Has(f))
			}
		}
	})
}

func TestSetEdges(t *testing.T) {
	if Everything.Len() != Count || Of() != 0 || Of(CPULoad, CPULoad).Len() != 1 {
		t.Error(Everything.Len(), Of(), Of(CPULoad, CPULoad))
	}
	for f := range Everything.All() {
		if f != CPULoad {
			t.Errorf("iteration goes on after break, to %s", f)
		}
		break
	}
	if got := Of(DirtyRate, CPULoad).String(); got != "cpu_load, dirty_rate" || Set(0).String() != "" {
		t.Error(got)
	}
}
