package cmd

import (
	"context"
	"fmt"
	"testing"
	"time"

	"vmmp/pkg/host"
	"vmmp/pkg/migration"
)

func TestPIDFillsWhatWasNotGiven(t *testing.T) {
	c := newFakeEnv("predict", "--pid", "4711", "--mem", "55", "-o", "json")
	c.hypervisor = func(_ context.Context, pid int, interval time.Duration) (host.Hypervisor, error) {
		if pid != 4711 || interval != liveInterval {
			t.Errorf("process %d measured over %v", pid, interval)
		}
		return host.Hypervisor{
			MemoryMiB: 8192, VCPUs: 4, CPUPercent: 12, KVM: true, RAM: host.GuestRAM{ResidentMiB: 3000, ZeroTailMiB: 64},
		}, nil
	}
	c.exits(t, exitOK)
	var want migration.Features
	for f, v := range map[migration.Feature]float64{
		migration.MemoryUsage: 55, // given
		migration.CPULoad:     12, migration.MemoryMiB: 8192, migration.ResidentMiB: 3000, migration.VCPUs: 4,
		migration.Hypervisor: migration.HypervisorKVM, migration.ZeroTailMiB: 64,
	} {
		want.Set(f, v)
	}
	if got := c.asked(t); !got.Equal(want) {
		t.Errorf("asked of %v, want %v", got, want)
	}
}

func TestPIDFaults(t *testing.T) {
	c := newFakeEnv("predict", "--pid", "1")
	c.hypervisor = func(context.Context, int, time.Duration) (host.Hypervisor, error) {
		return host.Hypervisor{}, fmt.Errorf("process 1: %w", host.ErrNotQEMU)
	}
	c.exits(t, exitUsage)
	if got, want := c.errs.String(), "vmmp: --pid: process 1: not a QEMU with a guest\n"; got != want {
		t.Errorf("stderr %q, want %q", got, want)
	}
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"predict", "--pid", "7"}, exitFailed, "vmmp: read the hypervisor: this test has no QEMU\n"},
		{[]string{"predict", "--pid", "0"}, exitUsage, "vmmp: --pid 0 must be the id of a process\n"},
		{[]string{"predict", "--pid", "7", "--live"}, exitUsage, "vmmp: --live takes this machine for the VM, --pid one that runs on it: leave one out\n"},
	} {
		c := newFakeEnv(test.args...)
		c.exits(t, test.code)
		if got := c.errs.String(); got != test.want {
			t.Errorf("%v: stderr %q, want %q", test.args, got, test.want)
		}
	}
}
