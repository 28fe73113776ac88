//go:build integration

package prometheus

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/source"
)

// recordLibvirt records domains as the three exporters of libvirt tell of them.
func recordLibvirt() *recording {
	r := newRecording(10*time.Minute, 15*time.Second)
	for host, domain := range map[string]string{"kvm-1": "old", "kvm-2": "meta", "kvm-3": "web"} {
		r.node(host + ":9100")
		l := fmt.Sprintf(`domain=%q,instance="%s:9177"`, domain, host)
		if domain == "old" {
			l += `,uuid="6695eb01-f6a4-8304-79aa-97f2502e193f"`
		}
		r.counter("libvirt_domain_info_cpu_time_seconds_total", l, 1)
		r.gauge("libvirt_domain_info_virtual_cpus", l, 4)
		r.gauge("libvirt_domain_info_maximum_memory_bytes", l, 8<<30)
		r.gauge("libvirt_domain_info_memory_usage_bytes", l, 4<<30)
		for _, device := range []string{"vda", "vdb"} {
			r.counter("libvirt_domain_block_stats_read_bytes_total", l+fmt.Sprintf(`,target_device=%q`, device), 1e6)
			r.counter("libvirt_domain_block_stats_write_bytes_total", l+fmt.Sprintf(`,target_device=%q`, device), 2e6)
		}
	}
	old, meta, web := `domain="old",instance="kvm-1:9177",uuid="6695eb01-f6a4-8304-79aa-97f2502e193f"`,
		`domain="meta",instance="kvm-2:9177"`, `domain="web",instance="kvm-3:9177"`
	r.gauge("libvirt_domain_state_code", old, 1)
	r.gauge("libvirt_domain_info_vstate", meta, 1)
	r.gauge("libvirt_domain_memory_stats_usable_bytes", meta, 0) // no balloon driver
	r.gauge("libvirt_domain_memory_stats_rss_bytes", meta, 2<<30)
	r.gauge("libvirt_domain_info_state", web+`,state_desc="the domain is running"`, 1)
	r.gauge("libvirt_domain_info_state", `domain="web",instance="kvm-2:9177",state_desc="the domain is paused by user"`, 3)
	r.gauge("libvirt_domain_info_state", `domain="off",instance="kvm-3:9177",state_desc="the domain is shut off"`, 5)
	r.gauge("libvirt_domain_memory_stats_usable_bytes", web, 1<<30)
	r.gauge("libvirt_domain_memory_stats_rss_bytes", web, 3<<30)
	r.gauge("libvirt_domain_job_info_type", web, 2)
	r.gauge("libvirt_domain_job_info_memory_total_bytes", web, 8<<30)
	r.gauge("libvirt_domain_job_info_memory_remaining_bytes", web, 1<<30)
	r.gauge("libvirt_domain_job_info_memory_processed_bytes", web, 6<<30)
	r.gauge("libvirt_domain_job_info_time_elapsed_seconds", web, 4500) // as it is exported: milliseconds
	return r
}

func TestLibvirtExportersOfARealServer(t *testing.T) {
	s := serve(t, record(t, recordLibvirt())).open(t, "libvirt-exporter")
	list, err := s.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, vm := range list {
		names = append(names, fmt.Sprintf("%s@%s:%s", vm.Name, vm.Host, vm.State))
	}
	if got := strings.Join(names, " "); got != "meta@kvm-2:running off@kvm-3:stopped old@kvm-1:running web@kvm-3:migrating" {
		t.Errorf("%s", got)
	}
	common := map[migration.Feature]float64{
		migration.CPULoad: 25, migration.DiskIO: 6, migration.NetworkBandwidth: 25_000, migration.MemoryMiB: 8192,
		migration.VCPUs: 4,
	}
	with := func(more map[migration.Feature]float64) map[migration.Feature]float64 {
		for f, v := range common {
			more[f] = v
		}
		return more
	}
	want := map[string]map[migration.Feature]float64{
		"old":  common,
		"meta": with(map[migration.Feature]float64{migration.ResidentMiB: 2048}),
		"web":  with(map[migration.Feature]float64{migration.ResidentMiB: 3072, migration.MemoryUsage: 75}),
	}
	for o, err := range s.ObserveAll(t.Context(), list, source.Ask{}) {
		if want[o.VM.ID] == nil {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		holds(t, o, want[o.VM.ID])
		one, err := s.Observe(t.Context(), o.VM, source.Ask{})
		if err != nil {
			t.Fatal(err)
		}
		holds(t, one, want[o.VM.ID])
	}
	p, err := s.Progress(t.Context(), source.VM{ID: "web"})
	if err != nil || p.Sample.Seconds != 4.5 || p.Sample.RemainingMiB != 1024 || p.Sample.TransferredMiB != 6144 {
		t.Errorf("%+v, %v", p, err)
	}
}

// Debian's exporter tells of the domain of libvirt's own test driver: 8 GiB, 2 vCPUs of which one is
// in use at any time, its memory in use not told.
func TestDebiansLibvirtExporter(t *testing.T) {
	address := freeAddress(t)
	start(t, installed(t, "prometheus-libvirt-exporter"), "--libvirt.uri=test:///default", "--web.listen-address="+address)
	s := serve(t, t.TempDir(), address).open(t, "libvirt-exporter")
	var o source.Observation
	eventually(t, "the domain is observed", func() (err error) {
		if o, err = s.Observe(t.Context(), source.VM{ID: "test"}, source.Ask{}); err == nil && !o.Features.Known().Has(migration.DiskIO) {
			err = fmt.Errorf("known are %v; %q", o.Features.Known(), o.Notes)
		}
		return err
	})
	if o.Features.Get(migration.MemoryMiB) != 8192 || o.Features.Get(migration.VCPUs) != 2 || o.Features.Known().Has(migration.MemoryUsage) ||
		o.Features.Get(migration.CPULoad) < 40 || o.Features.Get(migration.CPULoad) > 60 || o.VM.Host != "127.0.0.1" || o.VM.State != source.Running {
		t.Errorf("%+v", o)
	}
}

// The node exporter tells of this machine.
func TestNodeExporter(t *testing.T) {
	address := freeAddress(t)
	start(t, installed(t, "prometheus-node-exporter"), "--web.listen-address="+address, "--no-collector.systemd", "--log.level=error")
	s := serve(t, t.TempDir(), address).open(t, "node-exporter")
	want := migration.Of(migration.CPULoad, migration.MemoryUsage, migration.DiskIO, migration.MemoryMiB, migration.VCPUs)
	var o source.Observation
	eventually(t, "the machine is observed", func() error {
		vm, err := source.Find(t.Context(), s, "127.0.0.1")
		if err != nil {
			return err
		}
		if o, err = s.Observe(t.Context(), vm, source.Ask{}); err == nil && want&^o.Features.Known() != 0 {
			err = fmt.Errorf("known are %v; %q", o.Features.Known(), o.Notes)
		}
		return err
	})
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		t.Fatal(err)
	}
	var kib float64
	if _, err := fmt.Sscanf(string(text), "MemTotal: %f kB", &kib); err != nil {
		t.Fatal(err)
	}
	if x := o.Features; x.Get(migration.MemoryMiB) != kib/1024 || x.Get(migration.MemoryUsage) <= 0 || x.Get(migration.CPULoad) < 0 ||
		int(x.Get(migration.VCPUs)) < runtime.NumCPU() || o.VM.ID != address {
		t.Errorf("%+v", o)
	}
}
