//go:build integration

package lab

import (
	"context"
	"errors"
	"testing"
	"time"

	"vmmp/pkg/lab/guest"
)

// bootGuest boots a guest of this tree's vmmp under QEMU and returns the line to it.
func bootGuest(ctx context.Context, t *testing.T, m Machine) line {
	t.Helper()
	l := opened(ctx, t)
	if err := l.Boot(ctx, m); err != nil {
		t.Fatal(err)
	}
	return l.tty
}

// rates is what a guest did a second between two states, by its own clock.
func rates(ctx context.Context, t *testing.T, l line, d time.Duration) (mibs, ticks, mbs float64) {
	t.Helper()
	before, err := l.Stat(ctx)
	err = errors.Join(err, sleep(ctx, d))
	after, also := l.Stat(ctx)
	if err = errors.Join(err, also); err != nil {
		t.Fatal(err)
	}
	s := after.UptimeS - before.UptimeS
	return float64(after.PagesWritten-before.PagesWritten) / 256 / s, float64(after.Ticks-before.Ticks) / s, (after.DiskMB - before.DiskMB) / s
}

// TestGuest boots the smallest guest and has it work. The bounds from below are wide: a guest on a busy machine does
// less than it is set to, and never more.
func TestGuest(t *testing.T) {
	ctx := within(t, 3*time.Minute)
	l := bootGuest(ctx, t, Machine{MemoryMiB: 256, VCPUs: 2})
	idle, err := l.Stat(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if idle.AvailableMiB < 96+guest.SpareMiB {
		t.Errorf("a guest of 256 MiB leaves %.0f MiB for the workload", idle.AvailableMiB)
	}
	w := guest.Workload{CPU: 0.1, ResidentMiB: 96, Content: guest.RandomContent, DirtyRate: 40, WorkingSetMiB: 64, Pattern: guest.HotColdPattern, DiskMBs: 10}
	if err := l.Set(ctx, w); err != nil {
		t.Fatal(err)
	}
	mibs, ticks, mbs := rates(ctx, t, l, 2*time.Second)
	for _, c := range []struct {
		what     string
		got, set float64
	}{{"MiB/s written", mibs, 40}, {"ticks", ticks, 1000}, {"MB/s of disk", mbs, 10}} {
		if c.got < c.set/4 || c.got > c.set*1.1 {
			t.Errorf("%s: %.1f a second, set to %.1f", c.what, c.got, c.set)
		}
	}
	first, err := l.Sum(ctx)
	again, also := l.Sum(ctx)
	if first != again || first == "" || errors.Join(err, also) != nil {
		t.Errorf("the memory of a stopped guest goes from %s to %s: %v", first, again, errors.Join(err, also))
	}
	if err := l.Set(ctx, guest.Workload{Content: guest.ZeroContent, Pattern: guest.UniformPattern}); err != nil {
		t.Fatal(err)
	}
	if s, err := l.Stat(ctx); err != nil || s.AvailableMiB < idle.AvailableMiB-8 {
		t.Errorf("of %.0f MiB that were free %.0f are after the workload: %v", idle.AvailableMiB, s.AvailableMiB, err)
	}
	w.ResidentMiB = 1000
	if err := l.Set(ctx, w); err == nil {
		t.Error("a guest of 256 MiB holds 1000")
	}
}
