package baremetal

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vmmp/pkg/lab/guest"
)

// pagesOf returns the pages that an extent holds.
func pagesOf(e extent) map[int]bool {
	held := map[int]bool{}
	for s := range e.stretches {
		for p := range e.run {
			held[e.base+s*e.stride+p] = true
		}
	}
	return held
}

// Whatever is asked, an extent lies in RAM above the guest itself, holds as much as asked, but for a page a stretch, and
// of two of one layout the larger holds all of the smaller.
func TestExtents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		layout := rapid.SampledFrom([]guest.Layout{"", guest.ZerosLast, guest.ZerosFirst, guest.ZerosInside}).Draw(t, "layout")
		memory := rapid.IntRange(16, 300).Draw(t, "memory")
		most := memory - SpareMiB
		large := rapid.IntRange(0, most).Draw(t, "large")
		small := rapid.IntRange(0, large).Draw(t, "small")
		e, inner := newExtent(layout, large, memory), newExtent(layout, small, memory)
		held, within := pagesOf(e), pagesOf(inner)
		if n := len(held); n < large*pagesPerMiB || n > large*pagesPerMiB+e.stretches || n != e.pages() {
			t.Errorf("%+v holds %d pages, asked for %d MiB", e, n, large)
		}
		for p := range held {
			if p < ownMiB*pagesPerMiB || p >= memory*pagesPerMiB {
				t.Fatalf("%+v holds page %d of %d MiB", e, p, memory)
			}
		}
		if inner.stretches > 1 != (e.stretches > 1) { // too much to leave zeros inside
			return
		}
		for p := range within {
			if !held[p] {
				t.Fatalf("%+v does not hold page %d of %+v", e, p, inner)
			}
		}
	})
}

func TestWhereZerosLie(t *testing.T) {
	const memory, mib = 256, 256
	for layout, want := range map[guest.Layout]extent{
		guest.ZerosLast:   {2 * mib, 100 * mib, 0, 1},
		"":                {2 * mib, 100 * mib, 0, 1},
		guest.ZerosFirst:  {156 * mib, 100 * mib, 0, 1},
		guest.ZerosInside: {2 * mib, 1707, 16 * mib, 15},
	} {
		if got := newExtent(layout, 100, memory); got != want {
			t.Errorf("%q: %+v, want %+v", layout, got, want)
		}
	}
	if got := newExtent(guest.ZerosInside, 0, memory); got.pages() != 0 {
		t.Errorf("nothing held: %+v", got)
	}
}

func busy() guest.Workload {
	return guest.Workload{CPU: 0.25, ResidentMiB: 100, Content: guest.RandomContent, DirtyRate: 40, WorkingSetMiB: 20, Pattern: guest.UniformPattern}
}

func TestOrders(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*guest.Workload)
		want   []frame
	}{
		"uniform": {func(*guest.Workload) {}, []frame{
			{2: set, 3: fillFlag, 4: 512, 5: 25600, 7: 1, 10: 5120, 11: 10240, 12: 1, 13: 16384, 14: 1},
		}},
		"a hot set": {func(w *guest.Workload) { w.HotMiB, w.HotRate, w.Pattern = 4, 30, guest.SequentialPattern }, []frame{
			{2: set, 3: fillFlag, 4: 512, 5: 25600, 7: 1, 8: 1024, 9: 7680, 10: 4096, 11: 2560, 13: 16384, 14: 1},
		}},
		"the pattern hotcold": {func(w *guest.Workload) { w.Pattern = guest.HotColdPattern }, []frame{
			{2: set, 3: fillFlag, 4: 512, 5: 25600, 7: 1, 8: 512, 9: 9216, 10: 4608, 11: 1024, 12: 1, 13: 16384, 14: 1},
		}},
		"zeros": {func(w *guest.Workload) { w.Content, w.ChangedWords = guest.ZeroContent, 9 }, []frame{
			{2: set, 4: 512, 5: 25600, 7: 1, 10: 5120, 11: 10240, 12: 1, 13: 16384, 14: 9},
		}},
		"more was held before": {func(w *guest.Workload) { w.FreedMiB, w.Content = 50, guest.RepeatedContent }, []frame{
			{2: set, 3: fillFlag | repeatedFlag, 4: 512, 5: 38400, 7: 1, 14: 1},
			{2: set, 3: fillFlag | repeatedFlag | keepFlag, 4: 512, 5: 25600, 7: 1, 10: 5120, 11: 10240, 12: 1, 13: 16384, 14: 1},
		}},
		"more was held before, zeros are now": {func(w *guest.Workload) { w.FreedMiB, w.Content = 50, guest.ZeroContent }, []frame{
			{2: set, 3: fillFlag, 4: 512, 5: 38400, 7: 1, 14: 1},
			{2: set, 3: keepFlag, 4: 512, 5: 25600, 7: 1, 10: 5120, 11: 10240, 12: 1, 13: 16384, 14: 1},
		}},
		"idle": {func(w *guest.Workload) {
			*w = guest.Workload{Content: guest.ZeroContent, Pattern: guest.UniformPattern}
		}, []frame{
			{2: set, 4: 512, 5: 1, 12: 1, 14: 1},
		}},
	} {
		w := busy()
		test.change(&w)
		got, err := orders(w, 256)
		if err != nil || len(got) != len(test.want) {
			t.Errorf("%s: %v, %v", name, got, err)
			continue
		}
		for i, want := range test.want {
			if got[i] != want {
				t.Errorf("%s: frame %d is\n%v, want\n%v", name, i, got[i], want)
			}
		}
	}
}

func TestWorkloadsThatTheGuestCannotRun(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*guest.Workload)
		want   string
	}{
		"out of bounds": {func(w *guest.Workload) { w.CPU = 2 }, "cpu is 2"},
		"a disk":        {func(w *guest.Workload) { w.DiskMBs = 1 }, "the bare-metal guest has no disk"},
		"too large":     {func(w *guest.Workload) { w.ResidentMiB, w.FreedMiB = 200, 55 }, "255 MiB and the guest has room for 254"},
	} {
		w := busy()
		test.change(&w)
		if got, err := orders(w, 256); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, %v, want %q", name, got, err, test.want)
		}
	}
}
