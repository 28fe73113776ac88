//go:build integration

package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"
)

// bootGuest boots a guest of this tree's vmmp under QEMU. VMMP_TEST_KERNEL names the
// kernel where /boot has none.
func bootGuest(ctx context.Context, t *testing.T, m Machine) *serialLine {
	t.Helper()
	k, err := findKernel(os.Getenv("VMMP_TEST_KERNEL"))
	if err != nil {
		t.Fatal(err)
	}
	modules, err := virtioModules(k)
	if err != nil {
		t.Fatal(err)
	}
	initramfs, err := memoryFile("initramfs")
	if err == nil {
		err = writeInitramfs(initramfs, builtVmmp(ctx, t), modules)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = initramfs.Close() })
	b := boot{qemu: "qemu-system-x86_64", machine: m, kernel: k.Path, initramfs: initramfs}
	i, err := b.start(ctx, fmt.Sprintf("vmmp-guest-test-%d", os.Getpid()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = i.close() })
	l, err := dialSerial(ctx, abstract(i.name+serialSocket))
	if err != nil {
		t.Fatal(i.explain(err))
	}
	t.Cleanup(func() { _ = l.close() })
	return l
}

// rates is what a guest did a second between two states, by its own clock.
func rates(ctx context.Context, t *testing.T, l *serialLine, d time.Duration) (mibs, ticks, mbs float64) {
	t.Helper()
	before, err := l.stat(ctx)
	err = errors.Join(err, sleep(ctx, d))
	after, also := l.stat(ctx)
	if err = errors.Join(err, also); err != nil {
		t.Fatal(err)
	}
	s := after.UptimeS - before.UptimeS
	return float64(after.PagesWritten-before.PagesWritten) / 256 / s, float64(after.Ticks-before.Ticks) / s, (after.DiskMB - before.DiskMB) / s
}

// TestGuest boots the smallest guest and has it work. The bounds from below are wide:
// a guest on a busy machine does less than it is set to, and never more.
func TestGuest(t *testing.T) {
	ctx := within(t, 3*time.Minute)
	l := bootGuest(ctx, t, Machine{MemoryMiB: 256, VCPUs: 2})
	idle, err := l.stat(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if idle.AvailableMiB < 96+spareMiB {
		t.Errorf("a guest of 256 MiB leaves %.0f MiB for the workload", idle.AvailableMiB)
	}
	w := Workload{CPU: 0.1, ResidentMiB: 96, Content: RandomContent, DirtyRate: 40, WorkingSetMiB: 64, Pattern: HotColdPattern, DiskMBs: 10}
	if err := l.set(ctx, w); err != nil {
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
	first, err := l.sum(ctx)
	again, also := l.sum(ctx)
	if first != again || first == "" || errors.Join(err, also) != nil {
		t.Errorf("the memory of a stopped guest goes from %s to %s: %v", first, again, errors.Join(err, also))
	}
	if err := l.set(ctx, Workload{Content: ZeroContent, Pattern: UniformPattern}); err != nil {
		t.Fatal(err)
	}
	if s, err := l.stat(ctx); err != nil || s.AvailableMiB < idle.AvailableMiB-8 {
		t.Errorf("of %.0f MiB that were free %.0f are after the workload: %v", idle.AvailableMiB, s.AvailableMiB, err)
	}
	w.ResidentMiB = 1000
	if err := l.set(ctx, w); err == nil {
		t.Error("a guest of 256 MiB holds 1000")
	}
}
