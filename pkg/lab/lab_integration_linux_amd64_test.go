//go:build integration

package lab

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vmmp/pkg/lab/guest"
	"vmmp/pkg/lab/link"
	"vmmp/pkg/migration"
)

// builtVmmp builds this tree's vmmp as a guest can run it.
func builtVmmp(ctx context.Context, t *testing.T) string {
	t.Helper()
	exe := filepath.Join(t.TempDir(), "vmmp")
	build := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", exe, "vmmp")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return exe
}

func opened(ctx context.Context, t *testing.T) *Lab {
	t.Helper()
	l, err := Open(Config{Kernel: os.Getenv("VMMP_TEST_KERNEL"), Init: builtVmmp(ctx, t)})
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
	return l
}

// qemusOf lists the processes that carry the lab's name.
func qemusOf(t *testing.T, l *Lab) []string {
	t.Helper()
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, line := range lines {
		if text, err := os.ReadFile(line); err == nil && strings.Contains(string(text), l.name) {
			left = append(left, line)
		}
	}
	return left
}

// TestMigration boots the smallest guest, moves it, and sees that it goes on with its memory as it was; then it moves
// it back and forth under load.
func TestMigration(t *testing.T) {
	ctx := within(t, 3*time.Minute)
	l := opened(ctx, t)
	if err := l.Boot(ctx, Machine{MemoryMiB: 256, VCPUs: 1}); err != nil {
		t.Fatal(err)
	}
	w := guest.Workload{CPU: 0.2, ResidentMiB: 64, Content: guest.RandomContent, DirtyRate: 10, WorkingSetMiB: 8, Pattern: guest.UniformPattern}
	if err := l.Apply(ctx, w); err != nil {
		t.Fatal(err)
	}
	if err := l.Trim(ctx); err != nil {
		t.Fatal(err)
	}
	before, err := l.tty.Sum(ctx)
	if err != nil {
		t.Fatal(err)
	}
	quiet, err := l.Migrate(ctx, Move{Method: Precopy, Link: link.Link{Mbps: 2000}, Limit: 300 * time.Millisecond, MaxRounds: MaxRounds})
	if err != nil {
		t.Fatal(err)
	}
	if after, err := l.tty.Sum(ctx); err != nil || after != before {
		t.Errorf("the guest's memory was %s and is %s: %v", before, after, err)
	}
	moved(t, quiet, w)

	if err := l.Apply(ctx, w); err != nil {
		t.Fatal(err)
	}
	written, err := l.tty.Stat(ctx)
	if err != nil {
		t.Fatal(err)
	}
	busy, err := l.Migrate(ctx, Move{Method: Precopy, Link: link.Link{Mbps: 2000, Latency: time.Millisecond}, Limit: 300 * time.Millisecond, MaxRounds: MaxRounds})
	if err != nil {
		t.Fatal(err)
	}
	moved(t, busy, w)
	if now, err := l.tty.Stat(ctx); err != nil || now.PagesWritten <= written.PagesWritten || now.UptimeS <= written.UptimeS {
		t.Errorf("the guest does not go on: %+v, then %+v: %v", written, now, err)
	}
}

// moved checks what any migration of the small guest must show.
func moved(t *testing.T, r Result, w guest.Workload) {
	t.Helper()
	if r.Status != migration.Completed || r.Rounds < 3 || len(r.Samples) == 0 {
		t.Fatalf("%s after %g rounds and %d samples: %s", r.Status, r.Rounds, len(r.Samples), r.Reason)
	}
	if r.TransferredMiB < float64(w.ResidentMiB) || r.TransferredMiB > 600 {
		t.Errorf("%g MiB were sent of a guest that holds %d", r.TransferredMiB, w.ResidentMiB)
	}
	// The three pauses: QEMU's own leaves out the destination's part, and what is seen from outside holds them both.
	if !(r.QEMUDowntimeMS <= r.DowntimeMS+1 && r.DowntimeMS < r.SeenDowntimeMS+50 && r.DowntimeMS > 0 && r.DowntimeMS < r.TotalTimeMS) {
		t.Errorf("pauses: %g ms by QEMU, %g from STOP to RESUME, %g from outside, %g in all", r.QEMUDowntimeMS, r.DowntimeMS, r.SeenDowntimeMS, r.TotalTimeMS)
	}
	if most := 2000 * link.PayloadShare * 1.02; r.LinkMbps <= 0 || r.LinkMbps > most {
		t.Errorf("the link carried %g Mbps of at most %g", r.LinkMbps, most)
	}
}

// TestGivingUp has a guest that dirties far more than its link carries.
func TestGivingUp(t *testing.T) {
	ctx := within(t, 3*time.Minute)
	l := opened(ctx, t)
	if err := l.Boot(ctx, Machine{MemoryMiB: 256, VCPUs: 1}); err != nil {
		t.Fatal(err)
	}
	if err := l.Apply(ctx, guest.Workload{ResidentMiB: 64, Content: guest.ZeroContent, DirtyRate: 200, WorkingSetMiB: 48, Pattern: guest.SequentialPattern}); err != nil {
		t.Fatal(err)
	}
	if err := l.Trim(ctx); err != nil {
		t.Fatal(err)
	}
	move := Move{Method: Precopy, Link: link.Link{Mbps: 500}, Limit: 50 * time.Millisecond, MaxRounds: 4}
	cancelled, err := l.Migrate(ctx, move)
	if err != nil {
		t.Fatal(err)
	}
	if cancelled.Status != migration.NotConverged || cancelled.DowntimeMS == cancelled.DowntimeMS || cancelled.Rounds < 4 {
		t.Errorf("%+v", cancelled.Outcome)
	}
	if _, err := l.tty.Stat(ctx); err != nil {
		t.Errorf("the guest does not go on where it was: %v", err)
	}
	move.Force = true
	forced, err := l.Migrate(ctx, move)
	if err != nil {
		t.Fatal(err)
	}
	if forced.Status != migration.Forced || !(forced.DowntimeMS > 50) {
		t.Errorf("%+v", forced.Outcome)
	}
}
