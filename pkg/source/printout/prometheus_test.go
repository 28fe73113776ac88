package printout

import (
	"strings"
	"testing"
	"time"

	"vmmp/pkg/migration"
)

const kubeVirt = `# HELP kubevirt_vmi_memory_domain_bytes The amount of memory in bytes allocated to the domain.
# TYPE kubevirt_vmi_memory_domain_bytes gauge
kubevirt_vmi_memory_domain_bytes{name="web",namespace="shop",node="n1"} 8.589934592e+09
kubevirt_vmi_memory_domain_bytes{name="db",namespace="shop",node="n2"} 4.294967296e+09
# TYPE kubevirt_vmi_memory_available_bytes gauge
kubevirt_vmi_memory_available_bytes{name="web",namespace="shop",node="n1"} 8e+09
# TYPE kubevirt_vmi_memory_usable_bytes gauge
kubevirt_vmi_memory_usable_bytes{name="web",namespace="shop",node="n1"} 6e+09
# TYPE kubevirt_vmi_memory_resident_bytes gauge
kubevirt_vmi_memory_resident_bytes{name="web",namespace="shop",node="n1"} 3.221225472e+09
# TYPE kubevirt_vmi_dirty_rate_bytes_per_second gauge
kubevirt_vmi_dirty_rate_bytes_per_second{name="web",namespace="shop",node="n1"} 5.24288e+07
# TYPE kubevirt_vmi_migration_data_remaining_bytes gauge
kubevirt_vmi_migration_data_remaining_bytes{name="web",namespace="shop",node="n1"} 1.048576e+08
# TYPE kubevirt_vmi_migration_data_processed_bytes gauge
kubevirt_vmi_migration_data_processed_bytes{name="web",namespace="shop",node="n1"} 1.073741824e+09
# TYPE kubevirt_vmi_migration_memory_transfer_rate_bytes gauge
kubevirt_vmi_migration_memory_transfer_rate_bytes{name="web",namespace="shop",node="n1"} 1.25e+08
# TYPE kubevirt_vmi_cpu_usage_seconds_total counter
kubevirt_vmi_cpu_usage_seconds_total{name="web",namespace="shop",node="n1"} 12345
`

const libvirtExporter = `# TYPE libvirt_domain_info_maximum_memory_bytes gauge
libvirt_domain_info_maximum_memory_bytes{domain="web"} 2.147483648e+09
libvirt_domain_info_virtual_cpus{domain="web"} 2
libvirt_domain_memory_stats_rss_bytes{domain="web"} NaN
libvirt_domain_memory_stats_usable_bytes{domain="web"} 1e+09
libvirt_domain_memory_stats_available_bytes{domain="web"} 2e+09
`

func TestKubeVirt(t *testing.T) {
	reports, err := Read([]byte(kubeVirt), Prometheus, time.UTC)
	if err != nil || len(reports) != 2 {
		t.Fatalf("%d reports, %v", len(reports), err)
	}
	db, web := reports[0], reports[1]
	check(t, &db)
	check(t, &web)
	if db.VM.Name != "shop/db" || web.VM.Name != "shop/web" || len(db.Samples) != 0 {
		t.Errorf("%+v", reports)
	}
	features(t, db.Features, map[migration.Feature]float64{migration.MemoryMiB: 4096})
	features(t, web.Features, map[migration.Feature]float64{
		migration.MemoryMiB: 8192, migration.ResidentMiB: 3072, migration.MemoryUsage: 25, migration.DirtyRate: 50, migration.NetworkBandwidth: 1000,
	})
	if len(web.Samples) != 1 || web.Samples[0].RemainingMiB != 100 || web.Samples[0].TransferredMiB != 1024 {
		t.Errorf("%+v", web.Samples)
	}
}

func TestLibvirtExporter(t *testing.T) {
	r := one(t, libvirtExporter, Prometheus)
	features(t, r.Features, map[migration.Feature]float64{migration.MemoryMiB: 2048, migration.VCPUs: 2, migration.MemoryUsage: 50})
}

func TestPrometheusRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"# TYPE go_goroutines gauge\ngo_goroutines 8\n":        "has no series of a VM that is known",
		`kubevirt_vmi_memory_domain_bytes{node="n1"} 1` + "\n": "has no series of a VM that is known",
		kubeVirt[:len(kubeVirt)-40] + "\n":                     "is no text exposition of Prometheus: parsing error in line",
	} {
		if _, err := Read([]byte(text), Prometheus, time.UTC); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %q", text, err, want)
		}
	}
}
