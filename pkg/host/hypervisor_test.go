package host

import (
	"errors"
	"math"
	"os"
	"testing"
	"time"

	"vmmp/pkg/migration"
)

func TestParseCommandLine(t *testing.T) {
	for name, test := range map[string]struct {
		words []string
		want  Hypervisor
	}{
		"libvirt": {
			[]string{"/usr/bin/qemu-system-x86_64", "-name", "guest=web,debug-threads=on", "-machine", "pc-q35-8.1,usb=off",
				"-accel", "kvm", "-m", "size=8388608k", "-smp", "4,sockets=4,cores=1,threads=1"},
			Hypervisor{MemoryMiB: 8192, VCPUs: 4, KVM: true},
		},
		"Proxmox":            {[]string{"kvm", "-m", "4096", "-smp", "2,sockets=1,cores=2,maxcpus=2", "-enable-kvm"}, Hypervisor{MemoryMiB: 4096, VCPUs: 2, KVM: true}},
		"units":              {[]string{"qemu", "-m", "1.5G", "-M", "q35,accel=kvm"}, Hypervisor{MemoryMiB: 1536, VCPUs: 1, KVM: true}},
		"slots":              {[]string{"qemu", "-m", "slots=4,size=2T,maxmem=4T", "-smp", "sockets=2,cpus=64"}, Hypervisor{MemoryMiB: 2 << 20, VCPUs: 64}},
		"emulated":           {[]string{"qemu", "--accel", "tcg,thread=multi", "--m", "512M"}, Hypervisor{MemoryMiB: 512, VCPUs: 1}},
		"another program":    {[]string{"sleep", "60"}, Hypervisor{VCPUs: 1}},
		"an option's end":    {[]string{"qemu", "-m"}, Hypervisor{VCPUs: 1}},
		"no size":            {[]string{"qemu", "-m", "much", "-smp", "some"}, Hypervisor{VCPUs: 1}},
		"more than there is": {[]string{"qemu", "-m", "9e99"}, Hypervisor{VCPUs: 1}},
	} {
		got := parseCommandLine(test.words)
		got.CPUPercent = 0
		if got != test.want {
			t.Errorf("%s: %+v, want %+v", name, got, test.want)
		}
	}
}

func TestReadHypervisorOfAnotherProgram(t *testing.T) {
	if _, err := ReadHypervisor(t.Context(), os.Getpid(), time.Millisecond); !errors.Is(err, ErrNotQEMU) {
		t.Errorf("of this process: %v", err)
	}
	if _, err := ReadHypervisor(t.Context(), math.MaxInt32, time.Millisecond); err == nil {
		t.Error("of no process: read")
	}
}

func TestFeaturesOfAHypervisor(t *testing.T) {
	h := Hypervisor{MemoryMiB: 4096, VCPUs: 2, KVM: true, CPUPercent: 40, RAM: GuestRAM{ResidentMiB: 1024, ZeroTailMiB: 16}}
	var want migration.Features
	for f, v := range map[migration.Feature]float64{
		migration.CPULoad: 40, migration.MemoryUsage: 25, migration.MemoryMiB: 4096, migration.ResidentMiB: 1024,
		migration.VCPUs: 2, migration.Hypervisor: migration.HypervisorKVM, migration.ZeroTailMiB: 16,
	} {
		want.Set(f, v)
	}
	if got := h.Features(); !got.Equal(want) {
		t.Errorf("%v, want %v", got, want)
	}
	h.CPUPercent = math.NaN()
	if x := h.Features(); x.Known().Has(migration.CPULoad) {
		t.Errorf("the CPU load is known: %v", x.Known())
	}
}
