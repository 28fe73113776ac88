package proxmox

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/source"
)

// Limits are in MiB/s and KiB/s; 0 is none.
func TestSpeedLimit(t *testing.T) {
	nan := math.NaN()
	for _, test := range []struct {
		speed   string // of the VM's configuration
		options string
		want    float64 // MiB/s
	}{
		{`{}`, `{}`, nan},
		{`{"migrate_speed":100}`, `{}`, 100},
		{`{"migrate_speed":"100"}`, `{"bwlimit":"migration=51200"}`, 50},
		{`{"migrate_speed":100}`, `{"bwlimit":"migration=204800"}`, 100},
		{`{"migrate_speed":0}`, `{"bwlimit":"migration=204800"}`, 200},
		{`{}`, `{"bwlimit":"default=1024"}`, 1},
		{`{}`, `{"bwlimit":"1024"}`, 1},
		{`{}`, `{"bwlimit":"default=1024,migration=0"}`, nan},
		{`{}`, `{"bwlimit":{"migration":"2048","clone":1}}`, 2},
		{`{}`, `{"bwlimit":{"migration":2048}}`, 2},
		{`{"migrate_speed":"fast"}`, `{"bwlimit":"migration=fast"}`, nan},
	} {
		var c config
		var d datacenter
		if err := json.Unmarshal([]byte(test.speed), &c); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(test.options), &d); err != nil {
			t.Fatal(err)
		}
		got := speedLimit(c.number("migrate_speed", ""), d.Limits.migrations())
		if got != test.want && !(math.IsNaN(got) && math.IsNaN(test.want)) {
			t.Errorf("%s, %s: %v, want %v", test.speed, test.options, got, test.want)
		}
	}
}

// What the configuration says of a VM whose QEMU tells nothing.
func TestConfigAlone(t *testing.T) {
	for text, want := range map[string]map[migration.Feature]float64{
		`{}`: {migration.DowntimeLimitMS: 100, migration.VCPUs: 1, migration.Hypervisor: migration.HypervisorKVM, migration.HugePages: 0},
		`{"memory":"current=4096","cores":"2","sockets":2}`: {migration.MemoryMiB: 4096, migration.VCPUs: 4},
		`{"memory":2048,"cores":8,"vcpus":6,"kvm":0}`:       {migration.MemoryMiB: 2048, migration.VCPUs: 6, migration.Hypervisor: migration.HypervisorTCG},
		`{"migrate_downtime":2.5,"hugepages":"any"}`:        {migration.DowntimeLimitMS: 2500, migration.HugePages: 1},
	} {
		var c config
		if err := json.Unmarshal([]byte(text), &c); err != nil {
			t.Fatal(err)
		}
		o := source.Observed(source.VM{}, time.Now())
		(&reading{config: c, missing: map[string]error{}}).tellConfig(&o)
		for f, v := range want {
			if got := o.Features.Get(f); got != v {
				t.Errorf("%s: %v is %v, want %v", text, f, got, v)
			}
		}
	}
}

func TestStatus(t *testing.T) {
	read := func(text string) (s status) {
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	for text, want := range map[string]source.State{
		`{"status":"running","qmpstatus":"running"}`:                  source.Running,
		`{"status":"running","qmpstatus":"paused"}`:                   source.Paused,
		`{"status":"running","qmpstatus":"running","lock":"migrate"}`: source.Migrating,
		`{"status":"running","qmpstatus":"running","lock":"backup"}`:  source.Running,
		`{"status":"stopped","qmpstatus":"stopped"}`:                  source.Stopped,
		`{}`: source.Unknown,
	} {
		if got := read(text).state(); got != want {
			t.Errorf("%s: %s", text, got)
		}
	}
	for text, want := range map[string]float64{"8.1.5": migration.VersionNumber(8, 1), "10.0": migration.VersionNumber(10, 0)} {
		if got := read(`{"running-qemu":"` + text + `"}`).version(); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
	for _, text := range []string{`{}`, `{"running-qemu":"unknown"}`, `{"running-qemu":"8.x"}`} {
		if got := read(text).version(); !math.IsNaN(got) {
			t.Errorf("%s: %v", text, got)
		}
	}
	if s := read(`{"maxmem":100,"memhost":0,"ballooninfo":{"total_mem":100}}`); !math.IsNaN(s.memoryUsage()) || !math.IsNaN(s.resident()) {
		t.Errorf("%v, %v", s.memoryUsage(), s.resident())
	}
	if s := read(`{"maxmem":1048576,"memhost":9048576}`); s.resident() != 1 {
		t.Errorf("more than its RAM: %v", s.resident())
	}
}

func TestDiskIO(t *testing.T) {
	at := time.Now()
	sample := func(after time.Duration, read, write float64) status {
		return status{at: at.Add(after), DiskRead: number{true, read}, DiskWrite: number{true, write}}
	}
	first := sample(0, 1e6, 5e6)
	for _, test := range []struct {
		after status
		want  float64
	}{
		{sample(2*time.Second, 3e6, 7e6), 2}, {sample(time.Second, 1e6, 5e6), 0}, {sample(0, 2e6, 5e6), math.NaN()},
		{sample(time.Second, 0, 0), math.NaN()}, {status{at: at.Add(time.Second)}, math.NaN()},
	} {
		if got := diskIO(first, test.after); got != test.want && !(math.IsNaN(got) && math.IsNaN(test.want)) {
			t.Errorf("%+v: %v, want %v", test.after, got, test.want)
		}
	}
}

// Whatever a server sends is read or refused, and no number is infinite.
func FuzzParse(f *testing.F) {
	f.Add("200 OK", []byte(`{"data":[{"type":"qemu","vmid":"101","cpu":"1e999"}]}`))
	f.Add("200 OK", []byte(`{"data":{"bwlimit":"migration=1,,=","memory":"current=1"}}`))
	f.Add("403 Permission check failed", []byte(`{"data":null}`))
	f.Add("595 No route to host", []byte(``))
	f.Fuzz(func(t *testing.T, line string, body []byte) {
		for _, dst := range []any{new([]resource), new(config), new(datacenter), new(status)} {
			if err := parse(line, body, dst); err != nil && err.Error() == "" {
				t.Error("an error without words")
			}
			if d, ok := dst.(*datacenter); ok && math.IsInf(d.Limits.migrations(), 0) {
				t.Errorf("%+v", d)
			}
			if c, ok := dst.(*config); ok {
				c.local()
			}
		}
	})
}
