package lab

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"vmmp/pkg/qmp/query"
)

func TestMachinesThatAGuestCannotRunOn(t *testing.T) {
	small := Machine{MemoryMiB: 256, VCPUs: 1}
	bare := Config{Guest: BareMetal}
	for name, test := range map[string]struct {
		config Config
		m      Machine
		want   string // empty: it can
	}{
		"Linux":                  {Config{}, small, ""},
		"Linux, tiny":            {Config{}, Machine{MemoryMiB: 255, VCPUs: 1}, "memory is 255 MiB; give the guest 256 or more"},
		"Linux, a ring":          {Config{}, Machine{MemoryMiB: 256, VCPUs: 1, DirtyRing: 4096}, "a dirty ring is KVM's"},
		"Linux on KVM, a ring":   {Config{Accelerator: KVM}, Machine{MemoryMiB: 256, VCPUs: 4, DirtyRing: 4096}, ""},
		"a wrong board":          {Config{}, Machine{MemoryMiB: 256, VCPUs: 1, Board: "isapc"}, `board is "isapc"; give q35 or pc`},
		"a wrong guest":          {Config{Guest: "bsd"}, small, `guest is "bsd"; give linux or baremetal`},
		"a wrong accelerator":    {Config{Accelerator: "hvf"}, small, `accelerator is "hvf"; give tcg or kvm`},
		"bare metal":             {bare, Machine{MemoryMiB: 16, VCPUs: 1}, ""},
		"bare metal, two vCPUs":  {bare, Machine{MemoryMiB: 256, VCPUs: 2}, "one vCPU"},
		"bare metal, large pc":   {bare, Machine{MemoryMiB: 3072, VCPUs: 1, Board: PC}, ""},
		"bare metal, large q35":  {bare, Machine{MemoryMiB: 3072, VCPUs: 1, Board: Q35}, "at most 2048 MiB on this board"},
		"bare metal, larger":     {bare, Machine{MemoryMiB: 4096, VCPUs: 1, Board: PC}, "at most 3072 MiB on this board"},
		"bare metal has no free": {bare, Machine{MemoryMiB: 256, VCPUs: 1, KeepFreed: true}, "no kernel"},
	} {
		err := test.config.check(test.m)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

func TestArguments(t *testing.T) {
	p, err := bareParts()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.close() })
	b := boot{config: Config{Guest: BareMetal, Accelerator: KVM}, machine: Machine{MemoryMiB: 512, VCPUs: 1, Board: PC, DirtyRing: 4096}, parts: p}
	got := strings.Join(b.arguments("a"), " ")
	for _, want := range []string{
		"-machine pc", "-smp 1", "-m 512", "-accel kvm,dirty-ring-size=4096 -cpu host,-arch-capabilities", "-bios /proc/self/fd/3",
		"-fw_cfg name=opt/vmmp/fill-0,file=/proc/self/fd/4", "-fw_cfg name=opt/vmmp/fill-1,file=/proc/self/fd/5",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in %s", want, got)
		}
	}
	if strings.Contains(got, "-incoming") || strings.Contains(got, "-kernel") {
		t.Error(got)
	}
	b = boot{parts: parts{nil, func(Machine) []string { return []string{"-kernel", "k"} }}, machine: Machine{MemoryMiB: 256, VCPUs: 2}, incoming: true}
	got = strings.Join(b.arguments("a"), " ")
	if !strings.Contains(got, "-machine q35 -smp 2 -m 256 ") || !strings.HasSuffix(got, "-accel tcg,thread=multi,tb-size=200 -cpu max -kernel k -incoming defer") {
		t.Error(got)
	}
}

// The parts of a bare-metal guest are there for a process to read.
func TestBareMetalPartsAreInMemory(t *testing.T) {
	p, err := findParts(Config{Guest: BareMetal})
	if err != nil {
		t.Fatal(err)
	}
	sizes := []int64{64 << 10, 16 << 20, 1 << 20}
	for i, f := range p.files {
		info, err := f.Stat()
		if err != nil || info.Size() != sizes[i] {
			t.Errorf("%s: %v", f.Name(), err)
		}
	}
	if err := p.close(); err != nil {
		t.Error(err)
	}
	if _, err := p.files[0].Stat(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a file is open still: %v", err)
	}
}

func TestWhatDirtyingIsMeasuredBy(t *testing.T) {
	for name, test := range map[string]struct {
		a    Accelerator
		ring int
		mode string
		n    int
	}{
		"emulated":          {TCG, 0, query.PageSampling, 4},
		"KVM":               {KVM, 0, query.DirtyBitmap, 3},
		"KVM, a dirty ring": {KVM, 4096, query.PageSampling, 3},
		"what was not said": {"", 0, query.PageSampling, 4},
	} {
		l := &Lab{config: Config{Accelerator: test.a}, machine: Machine{DirtyRing: test.ring}}
		if got := l.dirtyMode(); got != test.mode || len(l.windows()) != test.n || !slices.Contains(l.windows(), loadWindow) {
			t.Errorf("%s: %s over %v", name, got, l.windows())
		}
	}
}
