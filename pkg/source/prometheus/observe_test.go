package prometheus

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/source"
	"vmmp/pkg/source/sourcetest"
)

func TestSuite(t *testing.T) {
	f := newFake(t, append(append(web(), vm("shop", "db", "b")...),
		of("vm_info", 1, "namespace", "shop", "name", "old", "phase", "stopped"))...)
	sourcetest.Run(t, sourcetest.Place{
		Open:    func(t *testing.T) source.Source { return f.open(t, Options{Poll: 10 * time.Millisecond}) },
		Running: "web", Stopped: "old",
		Told: migration.Of(migration.CPULoad, migration.MemoryMiB, migration.VCPUs, migration.DirtyRate,
			migration.NetworkBandwidth),
		Untold: migration.Of(migration.DowntimeLimitMS, migration.DirtyCurve),
	})
}

// observe observes web.
func observe(t *testing.T, f *fake, ask source.Ask) source.Observation {
	t.Helper()
	o, err := f.open(t, Options{}).Observe(t.Context(), source.VM{ID: "shop/web", Name: "web"}, ask)
	if err != nil {
		t.Fatal(err)
	}
	sourcetest.Check(t, o)
	return o
}

func TestObserve(t *testing.T) {
	f := newFake(t, append(web(), vm("shop", "db", "b")...)...)
	o := observe(t, f, source.Ask{})
	for feature, want := range map[migration.Feature]float64{
		migration.CPULoad: 25, migration.MemoryMiB: 4096, migration.VCPUs: 4, migration.DirtyRate: 50,
		migration.NetworkBandwidth: 10_000,
	} {
		if got := o.Features.Get(feature); got != want {
			t.Errorf("%v is %v, want %v", feature, got, want)
		}
	}
	want := source.VM{ID: "shop/web", Name: "web", Host: "a", State: source.Running, Labels: map[string]string{"os": "linux"}}
	if fmt.Sprint(o.VM) != fmt.Sprint(want) {
		t.Errorf("observed %+v", o.VM)
	}
	origin := o.Origins[migration.MemoryMiB]
	if origin.From != `vm_memory{namespace="shop",name="web"}` || origin.Age < 9*time.Second || origin.Age > 12*time.Second {
		t.Errorf("memory is of %+v", origin)
	}
	if len(o.Notes) != 0 || o.Unmovable != "" {
		t.Errorf("notes %q, unmovable %q", o.Notes, o.Unmovable)
	}
	for _, q := range f.queries() {
		if !strings.Contains(q, `"web"`) && !strings.Contains(q, `"(a)(:[0-9]+)?"`) {
			t.Errorf("asked of all: %s", q)
		}
	}
}

// What is said of a VM is taken or left, and where it is left a note says why.
func TestWhatIsUnknown(t *testing.T) {
	memory := of("vm_memory", 8<<30, "namespace", "shop", "name", "web", "node", "a")
	for name, test := range map[string]struct {
		series []series
		want   float64 // memory_mib; NaN: unknown
		note   string  // that is expected
	}{
		"ended an hour ago": {but(web(), "vm_memory", memory.aged(time.Hour)), math.NaN(), "memory_mib is unknown: the server has no value of it (vm_memory{$vm})"},
		"older than the limit": {
			but(web(), "vm_memory", memory.aged(3*time.Minute)), math.NaN(),
			"memory_mib is unknown: its newest sample is 3m0s old, more than 2m0s (vm_memory{$vm})",
		},
		"two that differ": {
			append(web(), like(memory, "job", "other")), math.NaN(),
			"memory_mib is unknown: 2 series tell of it, from 4.295e+09 to 8.59e+09: narrow the query of the mapping (vm_memory{$vm})",
		},
		"two that agree":   {append(but(web(), "vm_memory"), memory, like(memory, "job", "other")), 8192, ""},
		"of another host":  {append(web(), like(memory, "node", "b")), 4096, ""},
		"of hosts unknown": {append(but(web(), "vm_memory"), like(memory, "node", "b"), like(of("vm_memory", 1<<30, "namespace", "shop", "name", "web"), "node", "c")), math.NaN(), "of the hosts c and b"},
		"no number":        {but(web(), "vm_memory", of("vm_memory", math.NaN(), "namespace", "shop", "name", "web", "node", "a")), math.NaN(), "memory_mib is unknown: the server has no value of it"},
		"beyond bounds":    {but(web(), "vm_memory", of("vm_memory", math.Inf(1), "namespace", "shop", "name", "web", "node", "a")), math.NaN(), "memory_mib of vm_memory"},
	} {
		o := observe(t, newFake(t, test.series...), source.Ask{})
		got := o.Features.Get(migration.MemoryMiB)
		if got != test.want && !(math.IsNaN(got) && math.IsNaN(test.want)) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
		if noted := strings.Join(o.Notes, "\n"); !strings.Contains(noted, test.note) || test.note == "" && noted != "" {
			t.Errorf("%s: notes %q", name, o.Notes)
		}
		if o.Features.Get(migration.VCPUs) != 4 {
			t.Errorf("%s: what lies beside it is lost", name)
		}
	}
}

func TestLinkBetweenHosts(t *testing.T) {
	all := append(web(), of("node_speed", 1.25e8, "instance", "slow:9100"), of("node_speed", 12.5e9, "instance", "fast"))
	for to, want := range map[string]float64{"": 10_000, "slow": 1000, "fast": 10_000} {
		o := observe(t, newFake(t, all...), source.Ask{To: to})
		if got := o.Features.Get(migration.NetworkBandwidth); got != want || len(o.Notes) > 0 {
			t.Errorf("to %q: %v, want %v; %q", to, got, want, o.Notes)
		}
	}
	o := observe(t, newFake(t, all...), source.Ask{To: "nowhere"})
	if o.Features.Known().Has(migration.NetworkBandwidth) || !strings.Contains(o.Notes[0], "of the host nowhere, the server has no value") {
		t.Errorf("to a host that is not known: %v; %q", o.Features.Known(), o.Notes)
	}
}

func TestUnmovable(t *testing.T) {
	o := observe(t, newFake(t, append(web(), of("vm_pinned", 1, "namespace", "shop", "name", "web"))...), source.Ask{})
	from := o.Origins[migration.Migratable].From
	if o.Unmovable != "it is pinned" || o.Features.Get(migration.Migratable) != 0 || !strings.HasPrefix(from, `vm_pinned{namespace="shop"`) {
		t.Errorf("%q, %v", o.Unmovable, o.Features.Known())
	}
}

// Nobody measures what the mapping has no query of.
func TestDirtyRateOfNoQuery(t *testing.T) {
	f := newFake(t, of("vm_info", 1, "vm", "a"), of("vm_vcpus", 4, "vm", "a"))
	m, err := ParseMapping("least.yaml", []byte(least))
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(f.URL, m, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	for ask, want := range map[source.Ask]int{{}: 0, {DirtyRate: true}: 1, {Curve: true}: 1} {
		o, err := s.Observe(t.Context(), source.VM{ID: "a"}, ask)
		if err != nil || len(o.Notes) != want || want > 0 && !strings.Contains(o.Notes[0], "the mapping least has no query of it") {
			t.Errorf("%+v: %v, %q", ask, err, o.Notes)
		}
	}
}

func TestGone(t *testing.T) {
	f := newFake(t, but(web(), "vm_info")...)
	_, err := f.open(t, Options{}).Observe(t.Context(), source.VM{ID: "shop/web"}, source.Ask{})
	if !errors.Is(err, source.ErrGone) || !strings.Contains(err.Error(), "observe shop/web") {
		t.Errorf("%v", err)
	}
}

// On two hosts at once, a VM keeps what both agree on.
func TestOnTwoHosts(t *testing.T) {
	o := observe(t, newFake(t, append(web(), like(of("vm_info", 1, "namespace", "shop", "name", "web", "phase", "running"), "node", "b"),
		of("vm_memory", 1<<30, "namespace", "shop", "name", "web", "node", "b"))...), source.Ask{})
	if o.VM.Host != "" || o.Features.Known() != migration.Of(migration.CPULoad, migration.VCPUs, migration.DirtyRate) {
		t.Errorf("host %q, known %v", o.VM.Host, o.Features.Known())
	}
	if notes := strings.Join(o.Notes, "\n"); !strings.Contains(notes, "it on 2 hosts at once, a and b") || !strings.Contains(notes, "which host the VM is on") {
		t.Errorf("%q", o.Notes)
	}
}

// A paused one of that name elsewhere, as a migration prepares it, does not count beside the one that runs.
func TestThePausedOneDoesNotCount(t *testing.T) {
	o := observe(t, newFake(t, append(web(), of("vm_info", 1, "namespace", "shop", "name", "web", "node", "b", "phase", "paused"))...), source.Ask{})
	if o.VM.Host != "a" || o.VM.State != source.Running || len(o.Notes) > 0 {
		t.Errorf("%+v %q", o.VM, o.Notes)
	}
}

// A clock that is an hour off makes nothing older.
func TestClockIsOff(t *testing.T) {
	for ahead, note := range map[time.Duration]string{
		time.Hour: "the server's clock is 1h0m0s ahead of this one's: ages are by its own", -time.Hour: "1h0m0s behind this one's",
	} {
		f := newFake(t, web()...)
		f.ahead = ahead
		o := observe(t, f, source.Ask{})
		if o.Features.Known().Len() != 5 || len(o.Notes) != 1 || !strings.Contains(o.Notes[0], note) {
			t.Errorf("%v: known %v, notes %q", ahead, o.Features.Known(), o.Notes)
		}
		if age := o.Origins[migration.MemoryMiB].Age; age < 9*time.Second || age > 12*time.Second {
			t.Errorf("%v: %v old", ahead, age)
		}
	}
}

func TestIntervalOfRates(t *testing.T) {
	q := load(t, "node-exporter").features[migration.CPULoad]
	if text := q.text.fill(q.labels, choice{interval: 90 * time.Second}); !strings.Contains(text, "[1m30s]") {
		t.Error(text)
	}
}

// Names go into queries as they are.
func TestNamesAreQuoted(t *testing.T) {
	for _, name := range []string{`o"r`, `back\slash`, "näme", "a{b}", "x|y", ".*"} {
		f := newFake(t, append(vm("shop", name, "a.b"), vm("shop", "other", "aXb")...)...)
		o, err := f.open(t, Options{}).Observe(t.Context(), source.VM{ID: "shop/" + name}, source.Ask{})
		if err != nil || o.VM.Name != name || o.Features.Known().Len() != 5 {
			t.Errorf("%s: %+v, %v, %q", name, o.VM, err, o.Notes)
		}
	}
}

func TestList(t *testing.T) {
	f := newFake(t, slices.Concat(vm("shop", "web", "a"), vm("shop", "db", "b"), vm("test", "web", "c:9177"),
		[]series{of("vm_info", 1, "namespace", "shop"), of("vm_moving", 12, "namespace", "shop", "name", "db")})...)
	vms, err := f.open(t, Options{}).List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, vm := range vms {
		got = append(got, fmt.Sprintf("%s %s %s %s", vm.ID, vm.Name, vm.Host, vm.State))
	}
	want := []string{"shop/db db b migrating", "shop/web web a running", "test/web web c running"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
