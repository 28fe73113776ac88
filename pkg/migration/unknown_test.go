package migration

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNearest(t *testing.T) {
	for name, want := range map[string]string{
		"memory": "memory_mib", "mem": "memory_usage", "cpu": "cpu_load", "CPU_LOAD": "cpu_load", "cpu-load": "cpu_load",
		"cpuload": "cpu_load", "vcpu": "vcpus", "memory_mb": "memory_mib", "dirtyrate": "dirty_rate", " disk_io ": "disk_io",
		"cpuLoad": "cpu_load", "memUsage": "memory_usage", "memoryMiB": "memory_mib", "dirtyRate": "dirty_rate", "workingSetMiB": "working_set_mib",
		"downtimeLimit": "downtime_limit_ms", "MemoryUsage": "memory_usage", "huge-pages": "huge_pages",
		"net": "network_bandwidth", "network_bandwith": "network_bandwidth", "downtime": "downtime_ms",
		"downtime_limit": "downtime_limit_ms", "precopy_timeout": "timeout_s", "stat": "status", "workingset_mib": "working_set_mib",
		"": "", "x": "", "hostname": "", "note": "", "remark": "", "workload": "", "colour_of_the_rack": "", strings.Repeat("cpu_load", 100_000): "",
	} {
		if got := Nearest(name); got != want {
			t.Errorf("Nearest(%.30q) = %q, want %q", name, got, want)
		}
	}
}

func TestEveryNameIsNearestToItself(t *testing.T) {
	for _, d := range Definitions {
		if Nearest(d.Name) != d.Name || Nearest(d.Flag) != d.Name {
			t.Errorf("%s: %s, %s", d.Name, Nearest(d.Name), Nearest(d.Flag))
		}
	}
	for _, column := range OutcomeColumns {
		if Nearest(column) != column {
			t.Errorf("%s: %s", column, Nearest(column))
		}
	}
}

func TestEditDistance(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"abc", "", 3}, {"", "abc", 3}, {"kitten", "sitting", 3}, {"flaw", "lawn", 2}, {"abc", "abc", 0}} {
		if got := editDistance(test.a, test.b); got != test.want {
			t.Errorf("%q to %q: %d, want %d", test.a, test.b, got, test.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[ab]{0,6}`)
		a, b, c := word.Draw(t, "a"), word.Draw(t, "b"), word.Draw(t, "c")
		if editDistance(a, b) != editDistance(b, a) || editDistance(a, c) > editDistance(a, b)+editDistance(b, c) {
			t.Fatal("not a distance")
		}
	})
}
