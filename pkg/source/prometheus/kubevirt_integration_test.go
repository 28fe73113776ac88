//go:build integration

package prometheus

import (
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/source"
	"vmmp/pkg/source/sourcetest"
)

// toldByKubeVirt is what kubeVirt records.
var toldByKubeVirt = map[migration.Feature]float64{
	migration.CPULoad: 25, migration.MemoryUsage: 75, migration.DiskIO: 3, migration.NetworkBandwidth: 25_000,
	migration.MemoryMiB: 4096, migration.ResidentMiB: 3072, migration.VCPUs: 2, migration.DirtyRate: 42,
}

func setOf(values map[migration.Feature]float64) (s migration.Set) {
	for f := range values {
		s |= migration.Of(f)
	}
	return s
}

// holds checks features to a thousandth.
func holds(t *testing.T, o source.Observation, want map[migration.Feature]float64) {
	t.Helper()
	sourcetest.Check(t, o)
	if o.Features.Known() != setOf(want) {
		t.Errorf("%s: known are %v; %q", o.VM.ID, o.Features.Known(), o.Notes)
	}
	for f, v := range want {
		if got := o.Features.Get(f); math.Abs(got-v) > 1e-3*v {
			t.Errorf("%s: %v is %v, want %v", o.VM.ID, f, got, v)
		}
	}
}

// recordKubeVirt records a cluster.
func recordKubeVirt() *recording {
	r := newRecording(10*time.Minute, 15*time.Second)
	for _, node := range []string{"node-a", "node-b"} {
		r.node(node)
	}
	r.kubeVirt("shop", "web", "node-a")
	r.kubeVirt("test", "web", "node-b")
	r.kubeVirt("shop", "moving", "node-a")
	r.gauge("kubevirt_vm_info", `namespace="shop",name="web",status="running",status_group="running"`, 1)
	r.gauge("kubevirt_vm_info", `namespace="shop",name="off",status="stopped",status_group="non_running"`, 1)
	r.kubeVirt("shop", "pinned", "node-b")
	r.families["kubevirt_vmi_non_evictable"] = r.families["kubevirt_vmi_non_evictable"][:3]
	r.gauge("kubevirt_vmi_non_evictable", `namespace="shop",name="pinned",node="node-b"`, 1)
	// Moved to node-b 3 minutes ago: rates still hold what node-a counted.
	r.gauge("kubevirt_vmi_info", `namespace="shop",name="moved",node="node-b",phase="running"`, 1)
	r.counter("kubevirt_vmi_cpu_usage_seconds_total", `namespace="shop",name="moved",node="node-b"`, 2)
	r.counter("kubevirt_vmi_vcpu_seconds_total", `namespace="shop",name="moved",node="node-b",id="0",state="running"`, 2)
	r.counter("kubevirt_vmi_vcpu_seconds_total", `namespace="shop",name="moved",node="node-b",id="1",state="running"`, 2)
	r.until = 3 * time.Minute
	r.counter("kubevirt_vmi_cpu_usage_seconds_total", `namespace="shop",name="moved",node="node-a"`, 0.1)
	r.counter("kubevirt_vmi_vcpu_seconds_total", `namespace="shop",name="moved",node="node-a",id="0",state="running"`, 0.1)
	// Its dirty rate ended an hour ago.
	r.until = time.Hour
	r.gauge("kubevirt_vmi_dirty_rate_bytes_per_second", `namespace="shop",name="moved",node="node-b"`, 1<<30)
	r.kubeVirt("shop", "gone", "node-a")
	r.until = 0
	began := float64(time.Now().Add(-2 * time.Minute).Unix())
	l := `namespace="shop",name="moving",node="node-a"`
	r.gauge("kubevirt_vmi_migration_start_time_seconds", l+`,migration_name="move-2"`, began)
	r.gauge("kubevirt_vmi_migration_data_remaining_bytes", l, 256<<20)
	r.gauge("kubevirt_vmi_migration_data_processed_bytes", l, 8<<30)
	r.gauge("kubevirt_vmi_migration_dirty_memory_rate_bytes", l, 100<<20)
	r.gauge("kubevirt_vmi_migration_memory_transfer_rate_bytes", l, 1.25e9)
	r.migration("web", "move-0", "succeeded", 1.7e9, 1.7e9+33)
	r.migration("web", "move-1", "failed", 1.7e9+100, 1.7e9+150)
	return r
}

// migration records one that is over.
func (r *recording) migration(name, move, how string, start, end float64) {
	l := fmt.Sprintf(`namespace="shop",name=%q,migration_name=%q`, name, move)
	r.gauge("kubevirt_vmi_migration_"+how, fmt.Sprintf(`namespace="shop",vmi=%q,vmim=%q`, name, move), 1)
	r.gauge("kubevirt_vmi_migration_start_time_seconds", l+`,node="node-b"`, start)
	r.gauge("kubevirt_vmi_migration_end_time_seconds", fmt.Sprintf(`%s,node="node-b",status=%q`, l, how), end)
}

func TestKubeVirtOfARealServer(t *testing.T) {
	s := serve(t, record(t, recordKubeVirt())).open(t, "kubevirt")
	t.Run("suite", func(t *testing.T) {
		sourcetest.Run(t, sourcetest.Place{
			Open: func(t *testing.T) source.Source {
				own, err := Open(s.shown, s.mapping, Options{Poll: 50 * time.Millisecond})
				if err != nil {
					t.Fatal(err)
				}
				return own
			},
			Running: "pinned", Stopped: "off", Told: setOf(toldByKubeVirt),
		})
	})
	vms := map[string]source.VM{}
	list, err := s.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, vm := range list {
		vms[vm.ID] = vm
	}
	if len(vms) != 6 || vms["shop/moving"].State != source.Migrating || vms["shop/off"].State != source.Stopped || vms["shop/web"].Host != "node-a" {
		t.Errorf("%+v", list)
	}
	observe := func(id string) source.Observation {
		o, err := s.Observe(t.Context(), vms[id], source.Ask{})
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	holds(t, observe("shop/web"), toldByKubeVirt)
	holds(t, observe("test/web"), toldByKubeVirt)
	holds(t, observe("shop/moved"), map[migration.Feature]float64{migration.CPULoad: 100, migration.NetworkBandwidth: 25_000, migration.VCPUs: 2})
	if o := observe("shop/pinned"); o.Unmovable == "" || o.Features.Get(migration.Migratable) != 0 {
		t.Errorf("%+v", o)
	}
	for o, err := range s.ObserveAll(t.Context(), list, source.Ask{}) {
		if o.VM.ID == "shop/off" {
			if !errors.Is(err, source.ErrGone) {
				t.Error(err)
			}
			continue
		}
		if one := observe(o.VM.ID); err != nil || !o.Features.Equal(one.Features) && o.Features.Known() != one.Features.Known() {
			t.Errorf("%s: %v, %v of all and %v of one", o.VM.ID, err, o.Features, one.Features)
		}
	}
	t.Run("progress", func(t *testing.T) { holdsProgress(t, s, vms["shop/moving"]) })
	t.Run("ended", func(t *testing.T) { holdsEnded(t, s) })
}

// holdsProgress checks what is told of the migration under way.
func holdsProgress(t *testing.T, s *Source, vm source.VM) {
	p, err := s.Progress(t.Context(), vm)
	if err != nil {
		t.Fatal(err)
	}
	x := p.Sample
	if x.RemainingMiB != 256 || x.TransferredMiB != 8192 || x.DirtyRate != 100 || x.Mbps != 10_000 || x.Seconds < 115 || x.Seconds > 180 {
		t.Errorf("%+v", p)
	}
}

// holdsEnded checks what is told of those that are over.
func holdsEnded(t *testing.T, s *Source) {
	w := &watcher{source: s, begun: true, seen: map[migrationKey]time.Time{}, waiting: map[migrationKey]int{}}
	var told []source.Ended
	if err := w.round(t.Context(), func(e source.Ended) { told = append(told, e) }); err != nil {
		t.Fatal(err)
	}
	if len(told) != 2 || told[0].Record.Outcome.TotalTimeMS != 33_000 || told[0].Record.Outcome.Status != migration.Completed ||
		told[1].Record.Outcome.Status != migration.Failed || told[0].VM.ID != "shop/web" || told[0].VM.Host != "node-b" {
		t.Errorf("%+v", told)
	}
}
