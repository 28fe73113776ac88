package qemu

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/qmp"
	"vmmp/pkg/qmp/qmptest"
	"vmmp/pkg/source"
	"vmmp/pkg/source/sourcetest"
)

// observed observes the VM of a QEMU.
func observed(t *testing.T, q *qmptest.QEMU, ask source.Ask) source.Observation {
	t.Helper()
	s := opened(t, q)
	o, err := s.Observe(soon(t), only(t, s), ask)
	if err != nil {
		t.Fatal(err)
	}
	sourcetest.Check(t, o)
	return o
}

// seen observes the VM of a QEMU in memory, in a bubble in which waiting takes no time.
func seen(t *testing.T, q *qmptest.QEMU, ask source.Ask) source.Observation {
	t.Helper()
	s := inMemory(q)
	defer s.Close()
	o, err := s.Observe(soon(t), only(t, s), ask)
	if err != nil {
		t.Fatal(err)
	}
	sourcetest.Check(t, o)
	return o
}

// inMemory returns the source of a QEMU in memory.
func inMemory(q *qmptest.QEMU) source.Source {
	at := address{"unix", "/run/web.qmp"}
	p := &place{at, newConnection(at)}
	p.connection.dial = func(ctx context.Context) (*session, error) { return at.begin(ctx, q.Dial()) }
	return p
}

// bubble runs a named test in a bubble of its own.
func bubble(name string, t *testing.T, test func(*testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { synctest.Test(t, test) })
}

// tells checks what an observation tells of some features; NaN: nothing.
func tells(t *testing.T, o source.Observation, want map[migration.Feature]float64) {
	t.Helper()
	for f, v := range want {
		if got := o.Features.Get(f); !(math.Abs(got-v) < 1e-6 || math.IsNaN(got) && math.IsNaN(v)) {
			t.Errorf("%v is %v, want %v; notes %q", f, got, v, o.Notes)
		}
	}
}

var nan = math.NaN()

func TestIdleGuest(t *testing.T) {
	o := observed(t, qmptest.Start(t), source.Ask{})
	tells(t, o, map[migration.Feature]float64{
		migration.MemoryMiB: 256, migration.VCPUs: 2, migration.DiskIO: 0, migration.DowntimeLimitMS: 300,
		migration.BandwidthCap: 1073.741824, migration.AutoConverge: 0, migration.Method: migration.MethodPrecopy,
		migration.MultifdChannels: 0, migration.Compression: migration.CompressionNone, migration.TLS: 0, migration.XBZRLE: 0,
		migration.HugePages: 0, migration.Hypervisor: migration.HypervisorTCG, migration.VFIOMiB: 0, migration.Migratable: 1,
		migration.HypervisorVersion: migration.VersionNumber(10, 0), migration.CPULoad: nan, migration.DirtyRate: nan,
		migration.MemoryUsage: nan, migration.NetworkBandwidth: nan,
	})
	if o.Unmovable != "" || !noted(o, "bandwidth_cap is QEMU's default") || !noted(o, "has no thread 2147483646") {
		t.Errorf("%+v", o)
	}
}

func TestDiskRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := qmptest.New(t)
		var samples atomic.Int64
		q.Answer("query-blockstats", func(map[string]any) string {
			return fmt.Sprintf(`"return": [{"stats": {"rd_bytes": %d, "wr_bytes": 7}}]`, 100_000_000*samples.Add(1))
		})
		o := seen(t, q, source.Ask{Interval: 300 * time.Millisecond})
		if got := o.Features.Get(migration.DiskIO); !(got > 30 && got < 334) {
			t.Errorf("100 MB in 0.3 s or a little more are %v MB/s", got)
		}
		samples.Store(0)
		q.Answer("query-blockstats", func(map[string]any) string {
			return fmt.Sprintf(`"return": [{"stats": {"rd_bytes": %d}}]`, 10-samples.Add(1))
		})
		if o := seen(t, q, source.Ask{}); o.Features.Known().Has(migration.DiskIO) || !noted(o, "a disk was removed") {
			t.Errorf("of a counter that falls: %v, %q", o.Features.Get(migration.DiskIO), o.Notes)
		}
	})
}

func TestPausedVM(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := qmptest.New(t)
		q.Answer("query-status", qmptest.Return(`{"status": "paused", "running": false}`))
		o := seen(t, q, source.Ask{DirtyRate: true})
		tells(t, o, map[migration.Feature]float64{
			migration.CPULoad: nan, migration.DiskIO: nan, migration.DirtyRate: nan, migration.VCPUs: 2, migration.MemoryMiB: 256})
		if o.VM.State != source.Paused || !noted(o, "the VM is paused (paused)") || slices.Contains(q.Asked(), "calc-dirty-rate") {
			t.Errorf("%s, notes %q", o.VM.State, o.Notes)
		}
	})
}

func TestVCPUsThatAreAddedMeanwhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := qmptest.New(t)
		q.Answer("query-status", qmptest.Return(`{"status": "running"}`))
		q.Answer("query-cpus-fast", qmptest.Return(`[]`))
		o := seen(t, q, source.Ask{})
		if o.Features.Known().Has(migration.VCPUs) || o.Features.Known().Has(migration.CPULoad) {
			t.Errorf("of no vCPUs: %+v", o)
		}
	})
}

// What is set, and what it is as features.
func TestSettings(t *testing.T) {
	for name, test := range map[string]struct {
		parameters, capabilities string
		want                     map[migration.Feature]float64
		note                     string
	}{
		"unlimited, as libvirt writes it": {`{"downtime-limit": 500, "max-bandwidth": 9223372036853727232}`, `[]`,
			map[migration.Feature]float64{migration.BandwidthCap: nan, migration.DowntimeLimitMS: 500}, ""},
		"no cap":         {`{"downtime-limit": 300, "max-bandwidth": 0}`, `[]`, map[migration.Feature]float64{migration.BandwidthCap: nan}, ""},
		"a cap of 1 GiB": {`{"max-bandwidth": 1073741824}`, `[]`, map[migration.Feature]float64{migration.BandwidthCap: 8589.934592}, ""},
		"a cap of 1 B/s": {`{"max-bandwidth": 1}`, `[]`, map[migration.Feature]float64{migration.BandwidthCap: nan}, "bandwidth_cap of query-migrate-parameters max-bandwidth is left out"},
		"multifd": {`{"multifd-channels": 8, "multifd-compression": "zstd", "tls-creds": "tls0"}`,
			`[{"capability": "multifd", "state": true}, {"capability": "xbzrle", "state": true}, {"capability": "auto-converge", "state": true}]`,
			map[migration.Feature]float64{migration.MultifdChannels: 8, migration.Compression: migration.CompressionZstd,
				migration.TLS: 1, migration.XBZRLE: 1, migration.AutoConverge: 1}, ""},
		"multifd's compression without multifd": {`{"multifd-channels": 8, "multifd-compression": "zstd"}`, `[]`,
			map[migration.Feature]float64{migration.MultifdChannels: 0, migration.Compression: migration.CompressionNone}, ""},
		"a compression to come": {`{"multifd-channels": 8, "multifd-compression": "quux"}`, `[{"capability": "multifd", "state": true}]`,
			map[migration.Feature]float64{migration.Compression: nan}, ""},
		"compression by threads": {`{}`, `[{"capability": "compress", "state": true}]`,
			map[migration.Feature]float64{migration.Compression: migration.CompressionZlib, migration.DowntimeLimitMS: nan}, ""},
		"post-copy is possible": {`{}`, `[{"capability": "postcopy-ram", "state": true}]`,
			map[migration.Feature]float64{migration.Method: nan}, "postcopy-ram is on"},
		"on the same host": {`{"mode": "cpr-transfer"}`, `[]`, map[migration.Feature]float64{migration.Method: migration.MethodCPR}, ""},
	} {
		bubble(name, t, func(t *testing.T) {
			q := qmptest.New(t)
			q.Answer("query-migrate-parameters", qmptest.Return(test.parameters))
			q.Answer("query-migrate-capabilities", qmptest.Return(test.capabilities))
			o := seen(t, q, source.Ask{})
			tells(t, o, test.want)
			if test.note != "" && !noted(o, test.note) {
				t.Errorf("notes %q do not say %q", o.Notes, test.note)
			}
			if noted(o, "QEMU's default") {
				t.Errorf("notes %q", o.Notes)
			}
		})
	}
}

func TestBlockedMigration(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := qmptest.New(t)
		q.Answer("query-migrate", qmptest.Return(`{"blocked-reasons": ["0000:01:00.0: VFIO migration is not supported", "disk is in use"]}`))
		q.Answer("qom-list", qmptest.Return(`[{"name": "host0", "type": "child<vfio-pci>"}, {"name": "pc.ram", "type": "child<memory-backend-ram>"}]`))
		o := seen(t, q, source.Ask{})
		tells(t, o, map[migration.Feature]float64{migration.Migratable: 0, migration.VFIOMiB: nan})
		if o.Unmovable != "0000:01:00.0: VFIO migration is not supported; disk is in use" || !noted(o, "/machine/peripheral/host0 (vfio-pci)") {
			t.Errorf("%q, %q", o.Unmovable, o.Notes)
		}
	})
}

// greeting is that of another version.
func greeting(major, minor int) string {
	return fmt.Sprintf(`{"QMP": {"version": {"qemu": {"micro": 0, "minor": %d, "major": %d}}, "capabilities": []}}`, minor, major)
}

// What an old QEMU does not know is unknown, and the rest is told.
func TestOldQEMU(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := qmptest.New(t)
		q.Greet(greeting(5, 0))
		for _, command := range []string{"query-memory-size-summary", "query-memdev", "qom-list", "query-migrate-parameters", "query-kvm"} {
			q.Answer(command, qmptest.Refuse(qmp.CommandNotFound, "The command "+command+" has not been found"))
		}
		o := seen(t, q, source.Ask{DirtyRate: true})
		tells(t, o, map[migration.Feature]float64{
			migration.HypervisorVersion: migration.VersionNumber(5, 0), migration.VCPUs: 2, migration.MemoryMiB: nan,
			migration.HugePages: nan, migration.VFIOMiB: nan, migration.Hypervisor: nan, migration.Migratable: nan, migration.DirtyRate: nan})
		for _, say := range []string{
			"the size of RAM is not known: QEMU 5.0.0 refuses query-memory-size-summary", "what holds the RAM is not known",
			"what QEMU would migrate with is not known", "which devices are passed through is not known",
			"QEMU 5.0.0 cannot measure it, 5.2 and newer can",
		} {
			if !noted(o, say) {
				t.Errorf("notes %q do not say %q", o.Notes, say)
			}
		}
	})
}

func TestAccelerators(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for accelerator, want := range map[string]float64{
			"kvm": migration.HypervisorKVM, "tcg": migration.HypervisorTCG, "xen": migration.HypervisorXen, "hvf": migration.HypervisorOther,
		} {
			q := qmptest.New(t)
			q.Greet(greeting(11, 1))
			q.Answer("query-accelerators", qmptest.Return(`{"enabled": "`+accelerator+`", "present": ["`+accelerator+`"]}`))
			q.Answer("query-kvm", qmptest.Refuse(qmp.CommandNotFound, "gone"))
			tells(t, seen(t, q, source.Ask{}), map[migration.Feature]float64{
				migration.Hypervisor: want, migration.HypervisorVersion: migration.VersionNumber(11, 1)})
		}
		q := qmptest.New(t)
		q.Answer("query-kvm", qmptest.Return(`{"enabled": false, "present": false}`))
		if o := seen(t, q, source.Ask{}); o.Features.Known().Has(migration.Hypervisor) || !noted(o, "it is not KVM") {
			t.Errorf("%+v", o)
		}
	})
}

func TestBalloonStatistics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now().Unix()
		for name, test := range map[string]struct {
			interval, stats string
			want            float64
			note            string
		}{
			"told":          {`2`, fmt.Sprintf(`{"last-update": %d, "stats": {"stat-total-memory": 200, "stat-available-memory": 50}}`, now-3), 75, ""},
			"not asked for": {`0`, `{}`, nan, "QEMU does not ask; `qom-set` guest-stats-polling-interval of /machine/peripheral/balloon"},
			"never told":    {`2`, `{"last-update": 0, "stats": {"stat-total-memory": 200, "stat-available-memory": 50}}`, nan, "has not told"},
			"an old driver": {`2`, fmt.Sprintf(`{"last-update": %d, "stats": {"stat-total-memory": 200, "stat-available-memory": 18446744073709551615}}`, now), nan, "has not told"},
			"nonsense":      {`2`, fmt.Sprintf(`{"last-update": %d, "stats": {"stat-total-memory": 200, "stat-available-memory": 300}}`, now), nan, "has not told"},
		} {
			q := qmptest.New(t)
			q.Answer("qom-get", func(arguments map[string]any) string {
				if arguments["property"] == "guest-stats" {
					return `"return": ` + test.stats
				}
				return `"return": ` + test.interval
			})
			o := seen(t, q, source.Ask{})
			tells(t, o, map[migration.Feature]float64{migration.MemoryUsage: test.want})
			if test.note != "" && !noted(o, test.note) {
				t.Errorf("%s: notes %q", name, o.Notes)
			}
			if origin := o.Origins[migration.MemoryUsage]; test.note == "" && (origin.Age < 2*time.Second || origin.Age > 20*time.Second) {
				t.Errorf("%s: of %+v", name, origin)
			}
		}
	})
}

func TestBalloonThatIsInflated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := qmptest.New(t)
		q.Answer("query-balloon", qmptest.Return(`{"actual": 134217728}`))
		if o := seen(t, q, source.Ask{}); !noted(o, "leaves the guest 128 of its 256 MiB") {
			t.Errorf("%q", o.Notes)
		}
		q.Answer("qom-list", qmptest.Return(`[]`))
		if o := seen(t, q, source.Ask{}); !noted(o, "the VM has no balloon device") {
			t.Errorf("%q", o.Notes)
		}
	})
}

func TestHugePages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		backend := func(kind string) qmptest.Answer {
			return qmptest.Return(`[{"name": "pc.ram", "type": "child<` + kind + `>"}]`)
		}
		for name, test := range map[string]struct {
			kind, property string
			want           float64
			note           string
		}{
			"anonymous":              {"memory-backend-ram", `""`, 0, ""},
			"memfd":                  {"memory-backend-memfd", `false`, 0, ""},
			"memfd of huge pages":    {"memory-backend-memfd", `true`, 1, ""},
			"a file of another host": {"memory-backend-file", `"/dev/hugepages/web"`, nan, "RAM lies in /dev/hugepages/web on QEMU's host"},
			"what is to come":        {"memory-backend-quux", `""`, nan, `"memory-backend-quux"`},
		} {
			q := qmptest.New(t)
			q.Answer("qom-list", backend(test.kind))
			q.Answer("qom-get", qmptest.Return(test.property))
			o := seen(t, q, source.Ask{})
			tells(t, o, map[migration.Feature]float64{migration.HugePages: test.want})
			if test.note != "" && !noted(o, test.note) {
				t.Errorf("%s: notes %q", name, o.Notes)
			}
		}
		q := qmptest.New(t)
		q.Answer("query-memdev", qmptest.Return(`[]`))
		if o := seen(t, q, source.Ask{}); o.Features.Known().Has(migration.HugePages) || !noted(o, "huge pages are not known") {
			t.Errorf("of RAM that nothing is known to hold: %q", o.Notes)
		}
	})
}

// An event that is no answer, between two answers, changes nothing.
func TestEventsBetweenAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := qmptest.New(t)
		q.Answer("query-balloon", func(map[string]any) string {
			for range 1000 {
				q.Send(`{"event": "RTC_CHANGE", "data": {"offset": 1}, "timestamp": {"seconds": 1, "microseconds": 0}}`)
			}
			return `"return": {"actual": 268435456}`
		})
		if o := seen(t, q, source.Ask{}); !o.Features.Known().Has(migration.DiskIO) {
			t.Errorf("%+v", o)
		}
	})
}

func TestNotesAreSingleLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := qmptest.New(t)
		q.Answer("query-memdev", qmptest.Refuse(qmp.GenericError, "one\nand another"))
		if o := seen(t, q, source.Ask{}); !noted(o, "one and another") || strings.Contains(strings.Join(o.Notes, ""), "\n") {
			t.Errorf("%q", o.Notes)
		}
	})
}
