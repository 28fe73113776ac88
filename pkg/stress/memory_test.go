package stress

import (
	"context"
	"testing"
	"time"
)

// opened is a worker with its memory, which the test gives back.
func opened(t *testing.T, load VMLoad, ramp time.Duration) *vmWorker {
	t.Helper()
	v := &vmWorker{load: load, ramp: ramp}
	if err := v.open(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := v.close(); err != nil || v.memory != nil {
			t.Errorf("close: %v", err)
		}
	})
	return v
}

// pagesWith counts the pages that a walk has written its word to.
func pagesWith(v *vmWorker) int {
	n := 0
	for at := uint64(0); at < v.load.Bytes; at += pageBytes {
		for _, b := range v.memory[at : at+8] {
			if b != 0 {
				n++
				break
			}
		}
	}
	return n
}

func TestEveryPageOfAWalkIsAnother(t *testing.T) {
	v := opened(t, VMLoad{Bytes: mib, WorkingSet: 512 << 10, DirtyRate: mib}, 0)
	for _, step := range []struct{ owed, did, pages float64 }{
		{0, 0, 0}, {pageBytes - 1, 0, 0}, {pageBytes, pageBytes, 1}, {10.5 * pageBytes, 10 * pageBytes, 11},
		{117 * pageBytes, 117 * pageBytes, 128}, // all of the working set
		{50 * pageBytes, 50 * pageBytes, 128},   // and again
	} {
		if did, err := v.step(time.Second, step.owed); err != nil || did != step.did {
			t.Errorf("owed %g: did %g, %v", step.owed, did, err)
		}
		if got := pagesWith(v); got != int(step.pages) {
			t.Errorf("owed %g: %d pages are written, want %g", step.owed, got, step.pages)
		}
	}
	if v.work() != 178*pageBytes {
		t.Errorf("work %g", v.work())
	}
}

func TestStepsAreBounded(t *testing.T) {
	v := opened(t, VMLoad{Bytes: mib, DirtyRate: Unpaced}, 0)
	if _, err := v.step(time.Second, 1e9); err != nil || v.work() != streamStep {
		t.Errorf("wrote %g, %v", v.work(), err)
	}
	v.load.DirtyRate = 1e12
	if did, err := v.step(time.Second, 1e12); err != nil || did != dirtyStep {
		t.Errorf("wrote %g, %v", did, err)
	}
}

// Memory is taken at once without a ramp, and along it otherwise, dirtied or not.
func TestMemoryIsTakenAlongTheRamp(t *testing.T) {
	if v := opened(t, VMLoad{Bytes: 3*mib + 5}, 0); v.filled != 3*mib {
		t.Errorf("took %d at once", v.filled)
	}
	v := opened(t, VMLoad{Bytes: 4 * mib}, 4*time.Second)
	for second := range uint64(6) {
		if _, err := v.step(time.Duration(second)*time.Second, 0); err != nil {
			t.Fatal(err)
		}
		if want := min(second, 4) * mib; v.filled != want {
			t.Errorf("after %d s: took %v, want %v", second, Size(v.filled), Size(want))
		}
	}
}

func TestTakingMemoryEndsEarly(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	v := &vmWorker{load: VMLoad{Bytes: 64 * mib}}
	if err := v.open(ctx); err != nil || v.filled != 0 {
		t.Errorf("took %v, %v", Size(v.filled), err)
	}
	if err := v.close(); err != nil {
		t.Error(err)
	}
}
