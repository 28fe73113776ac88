//go:build integration

package lab

import (
	"context"
	"math"
	"testing"
	"time"

	"vmmp/pkg/lab/guest"
	"vmmp/pkg/lab/link"
	"vmmp/pkg/migration"
)

// accelerators returns those that this machine offers. It is the one place where a test does less because a part is
// missing: most build machines are virtual ones without KVM.
func accelerators(t *testing.T) []Accelerator {
	t.Helper()
	if err := KVM.check(); err != nil {
		t.Logf("the bare-metal guest is tried under %s alone: %v", TCG, err)
		return []Accelerator{TCG}
	}
	return []Accelerator{TCG, KVM}
}

// bare opens a lab of bare-metal guests and boots one.
func bare(ctx context.Context, t *testing.T, a Accelerator, m Machine) *Lab {
	t.Helper()
	l, err := Open(Config{Guest: BareMetal, Accelerator: a})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if left := qemusOf(t, l); len(left) > 0 {
			t.Errorf("QEMUs are left: %v", left)
		}
	})
	if err := l.Boot(ctx, m); err != nil {
		t.Fatal(err)
	}
	return l
}

func TestBareMetalGuest(t *testing.T) {
	for _, a := range accelerators(t) {
		t.Run(string(a), func(t *testing.T) {
			ctx := within(t, 2*time.Minute)
			l := bare(ctx, t, a, Machine{MemoryMiB: 128, VCPUs: 1, Board: PC})
			w := guest.Workload{
				CPU: 0.1, ResidentMiB: 60, Content: guest.RandomContent, DirtyRate: 50, WorkingSetMiB: 40, HotMiB: 4, HotRate: 30,
				Pattern: guest.SequentialPattern,
			}
			if err := l.Apply(ctx, w); err != nil {
				t.Fatal(err)
			}
			mibs, ticks, _ := rates(ctx, t, l.tty, time.Second)
			if mibs < 50./4 || mibs > 50*1.1 || ticks < 300 || ticks > 1100 {
				t.Errorf("%.1f MiB/s are written, set to 50; %.0f ticks a second", mibs, ticks)
			}
			held(ctx, t, l, w)
			w.Layout, w.FreedMiB = guest.ZerosFirst, 30
			if err := l.Apply(ctx, w); err != nil {
				t.Fatal(err)
			}
			if err := l.Trim(ctx); err != nil {
				t.Fatal(err)
			}
			held(ctx, t, l, w)
		})
	}
}

// held checks that the host holds of the guest's RAM what the workload says, within its huge pages, and where.
func held(ctx context.Context, t *testing.T, l *Lab, w guest.Workload) {
	t.Helper()
	var x migration.Features
	m, err := l.ObserveMemory(ctx, &x)
	if err != nil {
		t.Fatal(err)
	}
	want := float64(w.ResidentMiB + w.FreedMiB + 2)
	tail := float64(l.machine.MemoryMiB) - want
	if w.Layout == guest.ZerosFirst {
		tail = 0
	}
	const hugePages = 6
	if math.Abs(m.ResidentMiB-want) > hugePages || math.Abs(m.ZeroMiB+m.ResidentMiB-float64(l.machine.MemoryMiB)) > hugePages ||
		math.Abs(m.ZeroTailMiB-tail) > hugePages || m.ProcessRSSMiB < m.ResidentMiB {
		t.Errorf("%+v of a guest that is to hold %g MiB and to end in %g MiB of zeros", m, want, tail)
	}
	if usage := x.Get(migration.MemoryUsage); math.Abs(usage-100*float64(w.ResidentMiB+2)/float64(l.machine.MemoryMiB)) > 1 {
		t.Errorf("memory usage is %g %%", usage)
	}
}

// TestEveryMethodMovesTheGuest moves a guest in all the ways there are, and sees that its memory is the same after each
// and that it goes on.
func TestEveryMethodMovesTheGuest(t *testing.T) {
	plain := Move{Method: Precopy, Link: link.Link{Mbps: 3000}, Limit: 300 * time.Millisecond, MaxRounds: MaxRounds}
	loopback := plain
	loopback.Link, loopback.LoopbackMbps, loopback.CapMbps = link.Link{}, 10000, 2000
	with := func(change func(*Move)) Move {
		m := loopback
		change(&m)
		return m
	}
	moves := map[string]Move{
		"shaped":        plain,
		"loopback":      loopback,
		"post-copy":     with(func(m *Move) { m.Method, m.PostcopyFrom, m.CapMbps = Postcopy, 50*time.Millisecond, 400 }),
		"multifd":       with(func(m *Move) { m.Channels = 4 }),
		"zlib":          with(func(m *Move) { m.Channels, m.Compression = 2, Zlib }),
		"zstd":          with(func(m *Move) { m.Channels, m.Compression = 2, Zstd }),
		"xbzrle":        with(func(m *Move) { m.XBZRLE = true }),
		"auto-converge": with(func(m *Move) { m.AutoConverge = true }),
		"TLS":           with(func(m *Move) { m.TLS = true }),
		"TLS, shaped":   with(func(m *Move) { m.TLS, m.Link, m.LoopbackMbps, m.CapMbps = true, plain.Link, 0, 0 }),
	}
	for _, a := range accelerators(t) {
		for name, machine := range map[string]Machine{
			"pc": {MemoryMiB: 128, VCPUs: 1, Board: PC}, "q35": {MemoryMiB: 128, VCPUs: 1, Board: Q35},
			"dirty ring": {MemoryMiB: 128, VCPUs: 1, Board: PC, DirtyRing: 1024},
		} {
			if machine.DirtyRing > 0 && a != KVM {
				continue
			}
			t.Run(string(a)+" "+name, func(t *testing.T) {
				ctx := within(t, 2*time.Minute)
				l := bare(ctx, t, a, machine)
				for name, m := range moves {
					movesOn(ctx, t, l, name, m)
				}
			})
		}
	}
}

// movesOn moves a guest that was just given work, and looks at its memory before and after.
func movesOn(ctx context.Context, t *testing.T, l *Lab, name string, m Move) {
	t.Helper()
	w := guest.Workload{
		ResidentMiB: 80, Content: guest.RepeatedContent, Layout: guest.ZerosInside, DirtyRate: 8, WorkingSetMiB: 10,
		Pattern: guest.UniformPattern, ChangedWords: 8,
	}
	if err := l.Apply(ctx, w); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	before, err := l.tty.Sum(ctx) // stops the writers
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	r, err := l.Migrate(ctx, m)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if after, err := l.tty.Sum(ctx); err != nil || after != before {
		t.Errorf("%s: the memory was %s and is %s, %v", name, before, after, err)
	}
	if r.Status != migration.Completed || !(r.DowntimeMS > 0) || !(r.SeenDowntimeMS > 0) {
		t.Errorf("%s: %s after %g ms: %s", name, r.Status, r.DowntimeMS, r.Reason)
	}
	if moved := r.PostcopyMiB > 0; moved != (m.Method == Postcopy) {
		t.Errorf("%s: %g MiB by post-copy", name, r.PostcopyMiB)
	}
	first, err := l.tty.Stat(ctx)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if err := sleep(ctx, 50*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if now, err := l.tty.Stat(ctx); err != nil || now.Ticks <= first.Ticks {
		t.Errorf("%s: the guest does not go on: %d ticks, then %d: %v", name, first.Ticks, now.Ticks, err)
	}
}

// TestExactDirtyCurve: KVM's log counts every page.
func TestExactDirtyCurve(t *testing.T) {
	for _, a := range accelerators(t) {
		if a != KVM {
			continue
		}
		ctx := within(t, time.Minute)
		l := bare(ctx, t, a, Machine{MemoryMiB: 128, VCPUs: 1, Board: PC})
		w := guest.Workload{ResidentMiB: 100, Content: guest.RandomContent, DirtyRate: 60, WorkingSetMiB: 90, HotMiB: 5, HotRate: 50, Pattern: guest.SequentialPattern}
		if err := l.Apply(ctx, w); err != nil {
			t.Fatal(err)
		}
		x, _, err := l.Observe(ctx)
		if err != nil {
			t.Fatal(err)
		}
		// In a second the hot set once and 10 MiB of the rest, as far as the guest had the processor.
		if got := x.Get(migration.DirtyRate); got < 7 || got > 16 {
			t.Errorf("%g MiB are dirtied in a second, the guest was told 5 again and again and 10 more", got)
		}
	}
}
