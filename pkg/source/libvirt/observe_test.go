package libvirt

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	golibvirt "github.com/digitalocean/go-libvirt"

	"vmmp/pkg/migration"
	"vmmp/pkg/source"
	"vmmp/pkg/source/sourcetest"
)

// newDomain returns a domain of 4 GiB that runs and of which libvirt tells all it can.
func newDomain(name string) *fakeDomain {
	return &fakeDomain{
		name: name, id: 7, speed: 8796093022207, dirty: 40, title: "a domain\nof two lines",
		xml: `<domain type='kvm'><title>its title</title><memoryBacking/></domain>`,
		stats: map[string]any{
			"state.state": int32(1), "state.reason": int32(1), "cpu.time": uint64(5e9),
			"balloon.current": uint64(4 << 20), "balloon.maximum": uint64(4 << 20), "balloon.rss": uint64(3 << 20),
			"balloon.usable": uint64(1 << 20), "balloon.last-update": uint64(time.Now().Add(-time.Minute).Unix()),
			"vcpu.current": uint32(2), "vcpu.maximum": uint32(4), "vcpu.0.state": int32(1), "vcpu.0.time": uint64(1e9),
			"vcpu.2.state": int32(1), "vcpu.2.time": uint64(1e9),
			"net.count": uint32(1), "net.0.name": "vnet0", "net.0.rx.bytes": uint64(5), "net.0.tx.bytes": uint64(5),
			"block.count": uint32(2), "block.0.rd.bytes": uint64(10), "block.0.wr.bytes": uint64(10),
			"block.1.rd.bytes": uint64(10), "block.1.wr.bytes": uint64(10),
		},
		grow: map[string]uint64{"vcpu.0.time": 50e6, "vcpu.2.time": 10e6, "block.0.wr.bytes": 3e6, "net.0.tx.bytes": 1e6},
	}
}

// stopped returns a domain that does not run.
func stopped(name string) *fakeDomain {
	return &fakeDomain{name: name, id: -1, stats: map[string]any{"state.state": int32(5), "state.reason": int32(1)}}
}

// quick is an ask that waits no longer than it must.
var quick = source.Ask{Interval: 100 * time.Millisecond}

func TestSuite(t *testing.T) {
	f := newFake(t, newDomain("web-1"), stopped("off"), newDomain("db"))
	sourcetest.Run(t, sourcetest.Place{
		Open: f.open, Running: "web-1", Stopped: "off",
		Told: migration.Of(migration.CPULoad, migration.MemoryUsage, migration.DiskIO, migration.MemoryMiB,
			migration.ResidentMiB, migration.VCPUs, migration.DowntimeLimitMS, migration.HugePages, migration.Hypervisor,
			migration.HypervisorVersion, migration.Migratable),
		Untold: migration.Of(migration.NetworkBandwidth, migration.BandwidthCap, migration.TimeoutS),
	})
}

func TestObserve(t *testing.T) {
	d := newDomain("web-1")
	d.speed = 100
	s := newFake(t, d).open(t)
	o, err := s.Observe(t.Context(), d.vm(), quick)
	if err != nil {
		t.Fatal(err)
	}
	sourcetest.Check(t, o)
	for f, want := range map[migration.Feature]float64{
		migration.MemoryMiB: 4096, migration.ResidentMiB: 3072, migration.MemoryUsage: 75, migration.VCPUs: 2,
		migration.DowntimeLimitMS: 300, migration.BandwidthCap: 838.8608, migration.HugePages: 0,
		migration.Hypervisor: migration.HypervisorKVM, migration.HypervisorVersion: migration.VersionNumber(10, 2),
		migration.Migratable: 1,
	} {
		if v := o.Features.Get(f); v != want {
			t.Errorf("%v is %g, want %g", f, v, want)
		}
	}
	// 60 ms of two vCPUs, and 3 MB, in 100 ms or a little more.
	cpu, disk := o.Features.Get(migration.CPULoad), o.Features.Get(migration.DiskIO)
	if !(cpu > 1 && cpu <= 30.1) || !(disk > 1 && disk <= 30.1) || math.Abs(cpu-disk) > 1e-6 {
		t.Errorf("cpu %g %%, disk %g MB/s", cpu, disk)
	}
	if age := o.Origins[migration.MemoryUsage].Age; age < 50*time.Second || age > 70*time.Second {
		t.Errorf("what the guest told a minute ago is %v old", age)
	}
	if o.VM.Host != "alpha" || o.VM.Labels["title"] != "its title" || o.Unmovable != "" {
		t.Errorf("%+v", o)
	}
	if len(o.Notes) != 1 || !strings.Contains(o.Notes[0], "Mbps") {
		t.Errorf("notes %q", o.Notes)
	}
}

func TestWhatIsNotToldIsUnknown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*fakeDomain)
		lacks  migration.Feature
		note   string
	}{
		"no balloon driver":   {func(d *fakeDomain) { delete(d.stats, "balloon.usable") }, migration.MemoryUsage, "balloon"},
		"busy, so no disks":   {func(d *fakeDomain) { delete(d.stats, "block.count") }, migration.DiskIO, "disks"},
		"a number overflows":  {func(d *fakeDomain) { d.stats["balloon.rss"] = uint64(math.MaxUint64) }, migration.ResidentMiB, ""},
		"a number is below 0": {func(d *fakeDomain) { d.stats["balloon.maximum"] = int64(-4) }, migration.MemoryMiB, ""},
		"out of bounds": {func(d *fakeDomain) { d.stats["balloon.maximum"] = uint64(1 << 60) }, migration.MemoryMiB,
			"left out"},
		"a counter falls": {func(d *fakeDomain) { d.grow["block.1.rd.bytes"] = ^uint64(4) }, migration.DiskIO, "disks"},
		"huge pages": {func(d *fakeDomain) {
			d.xml = `<domain type='kvm'><memoryBacking><hugepages/></memoryBacking></domain>`
		}, migration.ResidentMiB, "huge pages"},
		"XML that is none":   {func(d *fakeDomain) { d.xml = "<domain" }, migration.HugePages, "definition was not read"},
		"paused":             {func(d *fakeDomain) { d.stats["state.state"] = int32(3) }, migration.CPULoad, "paused"},
		"limit without end":  {func(*fakeDomain) {}, migration.BandwidthCap, ""},
		"vcpus that are not": {func(d *fakeDomain) { d.stats["vcpu.current"] = uint32(0) }, migration.CPULoad, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDomain("web-1")
			c.change(d)
			o, err := newFake(t, d).open(t).Observe(t.Context(), d.vm(), quick)
			if err != nil {
				t.Fatal(err)
			}
			sourcetest.Check(t, o)
			if o.Features.Known().Has(c.lacks) {
				t.Errorf("%v is %g", c.lacks, o.Features.Get(c.lacks))
			}
			if !strings.Contains(strings.Join(o.Notes, "\n"), c.note) {
				t.Errorf("notes %q", o.Notes)
			}
		})
	}
}

func TestBetweenTwoSamples(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*fake)
		err    error
		note   string
		state  source.State
	}{
		"stops":     {func(f *fake) { f.domains[0].stats["state.state"] = int32(5) }, source.ErrGone, "", ""},
		"vanishes":  {func(f *fake) { f.domains = f.domains[1:] }, source.ErrGone, "", ""},
		"is paused": {func(f *fake) { f.domains[0].stats["state.state"] = int32(3) }, nil, "paused", source.Paused},
		"migrates": {func(f *fake) {
			f.domains[0].jobType, f.domains[0].job = 2, map[string]any{"operation": int32(5)}
		}, nil, "", source.Migrating},
		"is started anew": {func(f *fake) { f.domains[0].id++ }, nil, "started anew", source.Running},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, other := newDomain("web-1"), newDomain("db")
			f := newFake(t, d, other)
			s := f.open(t)
			f.before = func(proc uint32, n int) {
				if proc == procXML && n == 1 { // the first sample is taken
					c.change(f)
				}
			}
			answers := observeAll(t.Context(), s, []source.VM{d.vm(), other.vm()}, quick)
			o, err := answers[0].Observation, answers[0].Err
			if !errors.Is(err, c.err) || o.VM.State != c.state && err == nil && name != "migrates" {
				t.Errorf("%+v, %v", o, err)
			}
			if !strings.Contains(strings.Join(o.Notes, "\n"), c.note) {
				t.Errorf("notes %q", o.Notes)
			}
			if answers[1].Err != nil || !answers[1].Observation.Features.Known().Has(migration.CPULoad) {
				t.Errorf("the other one: %+v", answers[1])
			}
		})
	}
}

func TestNoUUID(t *testing.T) {
	s := newFake(t, newDomain("web-1")).open(t)
	for _, id := range []string{"", "web-1", "7765622d-3100-0000-0000-00000000000", "zz65622d-3100-0000-0000-000000000000"} {
		if _, err := s.Observe(t.Context(), source.VM{ID: id, Name: "x"}, quick); !errors.Is(err, source.ErrUnknownVM) {
			t.Errorf("%q: %v", id, err)
		}
	}
	_, err := source.Find(t.Context(), s, "web1")
	if !errors.Is(err, source.ErrUnknownVM) || !strings.Contains(err.Error(), "did you mean web-1?") {
		t.Error(err)
	}
}

func TestOneThatHangsFailsItself(t *testing.T) {
	t.Parallel()
	d := newDomain("web-1")
	f := newFake(t, d)
	s := f.open(t)
	f.do(func() { f.stuck[procDowntime] = true })
	began := time.Now()
	o, err := s.Observe(t.Context(), d.vm(), quick)
	if err != nil || o.Features.Known().Has(migration.DowntimeLimitMS) || !o.Features.Known().Has(migration.CPULoad) {
		t.Errorf("%+v, %v", o.Features, err)
	}
	if took := time.Since(began); took > 3*quickPace.detail || !strings.Contains(strings.Join(o.Notes, "\n"), "busy") {
		t.Errorf("after %v: %q", took, o.Notes)
	}
}

// As where the storage of all domains is gone: QEMU after QEMU does not answer, and libvirt takes few calls at once.
func TestManyThatHang(t *testing.T) {
	t.Parallel()
	var domains []*fakeDomain
	var vms []source.VM
	for i := range 30 {
		domains = append(domains, newDomain(fmt.Sprintf("web-%d", i)))
		vms = append(vms, domains[i].vm())
	}
	f := newFake(t, domains...)
	s := f.open(t)
	f.do(func() { f.stuck[procDowntime], f.stuck[procSpeed] = true, true })
	for range 3 {
		began := time.Now()
		for i, a := range observeAll(t.Context(), s, vms, quick) {
			if a.Err != nil || !a.Observation.Features.Known().Has(migration.CPULoad) {
				t.Errorf("%d: %+v", i, a)
			}
		}
		if took := time.Since(began); took > 10*quickPace.detail {
			t.Errorf("%v", took)
		}
	}
}

func TestDirtyRate(t *testing.T) {
	t.Parallel()
	emulated := newDomain("emulated")
	emulated.xml = `<domain type='qemu'/>`
	counted := newDomain("counted")
	f := newFake(t, emulated, counted)
	answers := observeAll(t.Context(), f.open(t), []source.VM{emulated.vm(), counted.vm()},
		source.Ask{DirtyRate: true})
	for _, a := range answers {
		if a.Err != nil || a.Observation.Features.Get(migration.DirtyRate) != 40 {
			t.Errorf("%+v", a)
		}
	}
	slices.Sort(f.modes)
	if want := []uint32{0, 1}; !slices.Equal(f.modes, want) {
		t.Errorf("modes %v, want %v: sampled where it is emulated, counted by KVM", f.modes, want)
	}
}

func TestDirtyRatesAreMeasuredSideBySide(t *testing.T) {
	t.Parallel()
	const n = measuredAtOnce + 8
	var domains []*fakeDomain
	var vms []source.VM
	for i := range n {
		domains = append(domains, newDomain(fmt.Sprintf("web-%d", i)))
		vms = append(vms, domains[i].vm())
	}
	f := newFake(t, domains...)
	began := time.Now()
	for i, a := range observeAll(t.Context(), f.open(t), vms, source.Ask{DirtyRate: true}) {
		if a.Err != nil || a.Observation.VM.Name != vms[i].Name || a.Observation.Features.Get(migration.DirtyRate) != 40 {
			t.Errorf("%d: %+v", i, a)
		}
	}
	if took := time.Since(began); took > n/8*time.Second || f.most > measuredAtOnce || f.most < 2 {
		t.Errorf("%v, %d at once", took, f.most)
	}
	if f.calls[procStats] > 10*n {
		t.Errorf("%d calls for statistics", f.calls[procStats])
	}
}

func TestDirtyCurve(t *testing.T) {
	t.Parallel()
	d := newDomain("web-1")
	f := newFake(t, d)
	f.before = func(proc uint32, _ int) { // the more it is looked at, the less it dirties anew
		if proc == procMonitor {
			d.dirty = 100 - min(99, 20*d.count)
		}
	}
	o, err := f.open(t).Observe(t.Context(), d.vm(), source.Ask{Curve: true})
	if err != nil {
		t.Fatal(err)
	}
	sourcetest.Check(t, o)
	want := []migration.Point{{Seconds: 0.1, MiB: 8}, {Seconds: 0.3, MiB: 18}, {Seconds: 1, MiB: 40}, {Seconds: 3, MiB: 60}}
	for i, p := range o.Features.Points() {
		if math.Abs(p.MiB-want[i].MiB) > 1e-9 || p.Seconds != want[i].Seconds {
			t.Errorf("point %d is %v, want %v", i, p, want[i])
		}
	}
	if o.Features.Get(migration.DirtyRate) != 40 || len(o.Features.Points()) != 4 {
		t.Errorf("%v; %q", o.Features, o.Notes)
	}
	if !strings.Contains(f.commands[0], `"mode": "dirty-bitmap"`) {
		t.Errorf("first was asked for %s", f.commands[0])
	}
}

func TestDirtyCurveFallsBack(t *testing.T) {
	t.Parallel()
	d := newDomain("web-1")
	f := newFake(t, d)
	f.refusals[procMonitor] = golibvirt.Error{Code: uint32(golibvirt.ErrAccessDenied), Message: "access denied"}
	o, err := f.open(t).Observe(t.Context(), d.vm(), source.Ask{Curve: true})
	if err != nil || o.Features.Get(migration.DirtyRate) != 40 || o.Features.Points() != nil {
		t.Errorf("%v, %v", o.Features, err)
	}
	if !strings.Contains(strings.Join(o.Notes, "\n"), "dirty curve was not measured, but its rate") {
		t.Errorf("notes %q", o.Notes)
	}
}

func TestNotMeasured(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*fake, *fakeDomain)
		note   string
	}{
		"while it migrates": {func(_ *fake, d *fakeDomain) {
			d.jobType, d.job = 2, map[string]any{"operation": int32(5)}
		}, "being migrated"},
		"while it is paused": {func(_ *fake, d *fakeDomain) { d.stats["state.state"] = int32(3) }, "paused"},
		"where only reading is permitted": {func(f *fake, _ *fakeDomain) {
			denied := golibvirt.Error{Code: uint32(golibvirt.ErrOperationDenied), Message: "read only access prevents it"}
			f.refusals[procSpeed], f.refusals[procDirtyRate], f.refusals[procMonitor] = denied, denied, denied
		}, "in the group libvirt"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDomain("web-1")
			f := newFake(t, d)
			c.change(f, d)
			ask := quick
			ask.Curve = true
			o, err := f.open(t).Observe(t.Context(), d.vm(), ask)
			if err != nil || o.Features.Known().Has(migration.DirtyRate) || d.count != 0 {
				t.Errorf("%v, %v, %d measurements", o.Features, err, d.count)
			}
			if !strings.Contains(strings.Join(o.Notes, "\n"), c.note) {
				t.Errorf("notes %q", o.Notes)
			}
		})
	}
}

func TestListedStates(t *testing.T) {
	states := map[string]source.State{"a": source.Running, "b": source.Paused, "c": source.Migrating, "d": source.Stopped,
		"e": source.Running, "f": source.Migrating}
	a, b, c, d, e, f := newDomain("a"), newDomain("b"), newDomain("c"), stopped("d"), newDomain("e"), newDomain("f")
	b.stats["state.state"] = int32(3)
	c.jobType, c.job = 2, map[string]any{"operation": int32(4)}
	e.jobType, e.job = 2, map[string]any{"operation": int32(9)} // a backup
	f.stats["state.state"], f.stats["state.reason"] = int32(3), int32(2)
	vms, err := newFake(t, f, e, d, c, b, a).open(t).List(t.Context())
	if err != nil || len(vms) != len(states) {
		t.Fatalf("%v, %v", vms, err)
	}
	for _, vm := range vms {
		if vm.State != states[vm.Name] {
			t.Errorf("%s is %q, want %q", vm.Name, vm.State, states[vm.Name])
		}
	}
	if got := vms[0].Labels["title"]; got != "a domain of two lines" || vms[3].Labels != nil {
		t.Errorf("labels %v", vms)
	}
}

func TestObservingEndsWithItsContext(t *testing.T) {
	d := newDomain("web-1")
	s := newFake(t, d).open(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.Observe(ctx, d.vm(), source.Ask{Interval: time.Hour}); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

// answer is what came of observing one of many domains.
type answer struct {
	Observation source.Observation
	Err         error
}

// observeAll observes domains together.
func observeAll(ctx context.Context, s source.Source, vms []source.VM, ask source.Ask) []answer {
	var all []answer
	for o, err := range source.ObserveAll(ctx, s, vms, ask) {
		all = append(all, answer{o, err})
	}
	return all
}
