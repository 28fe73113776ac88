package proxmox

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
	f := newFake(t)
	sourcetest.Run(t, sourcetest.Place{
		Open: func(t *testing.T) source.Source {
			return f.open(t, Options{ReadLog: readLog, Poll: 10 * time.Millisecond})
		},
		Running: "web-1", Stopped: "old",
		Told: migration.Of(migration.CPULoad, migration.MemoryUsage, migration.DiskIO, migration.BandwidthCap,
			migration.MemoryMiB, migration.ResidentMiB, migration.VCPUs, migration.DowntimeLimitMS, migration.AutoConverge,
			migration.HugePages, migration.Hypervisor, migration.HypervisorVersion, migration.Migratable),
		Untold: migration.Of(migration.DirtyRate, migration.DirtyCurve, migration.NetworkBandwidth, migration.TLS),
	})
}

func TestList(t *testing.T) {
	vms, err := newFake(t).open(t, Options{}).List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, vm := range vms {
		got = append(got, fmt.Sprintf("%s %s %s %s", vm.ID, vm.Name, vm.Host, vm.State))
	}
	want := []string{"104 VM 104 pve3 ", "102 db pve2 migrating", "105 gpu pve1 running", "103 old pve1 stopped", "101 web-1 pve1 running"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if l := vms[4].Labels; l["tags"] != "prod;web" || l["pool"] != "shop" {
		t.Errorf("%v", l)
	}
}

func observe(t *testing.T, f *fake) source.Observation {
	t.Helper()
	o, err := f.open(t, Options{}).Observe(t.Context(), source.VM{ID: "101"}, source.Ask{})
	if err != nil {
		t.Fatal(err)
	}
	sourcetest.Check(t, o)
	return o
}

func TestObserve(t *testing.T) {
	t.Parallel()
	o, err := newFake(t).open(t, Options{}).Observe(t.Context(), source.VM{ID: "101"}, source.Ask{DirtyRate: true})
	if err != nil {
		t.Fatal(err)
	}
	sourcetest.Check(t, o)
	for f, want := range map[migration.Feature]float64{
		migration.CPULoad: 23.4567890123456, migration.MemoryUsage: 75, migration.MemoryMiB: 8192, migration.ResidentMiB: 6144,
		migration.VCPUs: 4, migration.HypervisorVersion: migration.VersionNumber(9, 2), migration.DowntimeLimitMS: 300,
		migration.BandwidthCap: 300 * 1.048576 * 8, migration.HugePages: 1, migration.Hypervisor: migration.HypervisorKVM,
		migration.Method: migration.MethodPrecopy, migration.AutoConverge: 1, migration.XBZRLE: 1, migration.Migratable: 1,
	} {
		if got := o.Features.Get(f); math.Abs(got-want) > 1e-9*want {
			t.Errorf("%v is %v, want %v", f, got, want)
		}
	}
	if got := o.Features.Get(migration.DiskIO); math.Abs(got-6) > 0.6 {
		t.Errorf("disk_io is %v", got)
	}
	if o.VM.Host != "pve1" || o.VM.State != source.Running || o.Unmovable != "" {
		t.Errorf("%+v", o)
	}
	if len(o.Notes) != 2 || !strings.Contains(o.Notes[0], "SSH tunnel") || !strings.Contains(o.Notes[1], "dirty_rate is unknown") {
		t.Errorf("%q", o.Notes)
	}
	if age := o.Origins[migration.CPULoad].Age; age != cpuEvery {
		t.Errorf("the CPU's is %v old", age)
	}
}

// What is not permitted, or not answered, costs what it would have told.
func TestWhatIsMissing(t *testing.T) {
	t.Parallel()
	status := migration.Of(migration.MemoryUsage, migration.ResidentMiB, migration.DiskIO, migration.HypervisorVersion)
	for path, test := range map[string]struct {
		lost, kept migration.Set
		note       string
	}{
		"/nodes/pve1/qemu/101/status/current": {status, migration.Of(migration.MemoryMiB, migration.VCPUs, migration.HugePages), "what QEMU tells of the VM is unknown: ask http"},
		"/nodes/pve1/qemu/101/config":         {migration.Of(migration.DowntimeLimitMS, migration.HugePages, migration.AutoConverge, migration.BandwidthCap), status | migration.Of(migration.Migratable), "the VM's configuration is unknown: ask http"},
		"/cluster/options":                    {migration.Of(migration.BandwidthCap), status, "the datacenter's speed limit is unknown: ask http"},
		"/nodes/pve1/qemu/101/migrate":        {0, migration.Of(migration.Migratable), ""},
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			f := newFake(t)
			f.fail(path, 403)
			o := observe(t, f)
			known := o.Features.Known()
			if known&test.lost != 0 || test.kept&^known != 0 {
				t.Errorf("known %v", known)
			}
			notes := strings.Join(o.Notes, "\n")
			if !strings.Contains(notes, test.note) || test.note != "" && !strings.Contains(notes, "not permitted (403 Permission check failed ("+path+"))") {
				t.Errorf("%q", o.Notes)
			}
		})
	}
}

func TestGone(t *testing.T) {
	t.Parallel()
	f := newFake(t)
	s := f.open(t, Options{})
	for id, want := range map[string]string{"103": "it is stopped", "7": "tells no more of it", "200": "tells no more of it"} {
		if _, err := s.Observe(t.Context(), source.VM{ID: id}, source.Ask{}); !errors.Is(err, source.ErrGone) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", id, err)
		}
	}
	// It vanishes between the list and the rest.
	if _, err := s.Observe(t.Context(), source.VM{ID: "105"}, source.Ask{}); !errors.Is(err, source.ErrGone) || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("%v", err)
	}
}

func TestYoungVM(t *testing.T) {
	r := &reading{listed: resource{CPU: number{true, 0}, Uptime: number{true, 7}}, missing: map[string]error{}}
	o := source.Observed(source.VM{}, time.Now())
	r.tell(&o)
	if o.Features.Known().Has(migration.CPULoad) {
		t.Errorf("what no node has measured yet is %v", o.Features.Get(migration.CPULoad))
	}
}

func TestLocalDevices(t *testing.T) {
	for _, test := range []struct {
		config      config
		keys, maybe []string
	}{
		{config{"hostpci0": "0000:01:00.0,pcie=1"}, []string{"hostpci0"}, nil},
		{config{"hostpci0": "mapping=gpu,pcie=1"}, nil, []string{"hostpci0"}},
		{config{"usb0": "spice", "usb1": "host=SPICE,usb3=1", "usb2": "host=1234:5678"}, []string{"usb2"}, nil},
		{config{"serial0": "socket", "serial1": "/dev/ttyS0"}, []string{"serial1"}, nil},
		{config{"virtiofs0": "share", "parallel0": "/dev/parport0", "ivshmem": "size=32"}, []string{"ivshmem", "parallel0", "virtiofs0"}, nil},
		{config{"amd-sev": "type=std", "net0": "virtio", "scsi0": "local:1"}, []string{"amd-sev"}, nil},
	} {
		if keys, maybe := test.config.local(); !slices.Equal(keys, test.keys) || !slices.Equal(maybe, test.maybe) {
			t.Errorf("%v: %v, %v", test.config, keys, maybe)
		}
	}
}

func TestUnmovable(t *testing.T) {
	for _, test := range []struct {
		reading    reading
		unmovable  string
		migratable float64
		notes      int
	}{
		{reading{local: []string{"hostpci0"}}, "it uses what only its node has: hostpci0", 0, 0},
		{reading{local: []string{}, config: config{"hostpci0": "01:00"}}, "", 1, 0},
		{reading{config: config{"hostpci0": "01:00"}}, "it uses what only its node has: hostpci0", 0, 0},
		{reading{config: config{"hostpci0": "mapping=gpu"}}, "", math.NaN(), 1},
		{reading{config: config{}}, "", 1, 0},
		{reading{missing: map[string]error{"config": source.ErrDenied}}, "", math.NaN(), 0},
	} {
		o := source.Observed(source.VM{}, time.Now())
		test.reading.tellUnmovable(&o)
		got := o.Features.Get(migration.Migratable)
		if o.Unmovable != test.unmovable || got != test.migratable && !(math.IsNaN(got) && math.IsNaN(test.migratable)) || len(o.Notes) != test.notes {
			t.Errorf("%+v: %q, %v, %q", test.reading, o.Unmovable, got, o.Notes)
		}
	}
}
