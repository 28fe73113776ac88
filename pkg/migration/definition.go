package migration

import (
	"fmt"
	"math"
	"strings"
)

// A Feature is one thing that may be known of a virtual machine before its migration. It is an index into Definitions.
type Feature int

// The features, in the order in which they are listed everywhere.
const (
	CPULoad Feature = iota
	MemoryUsage
	DiskIO
	NetworkBandwidth
	BandwidthCap
	MemoryMiB
	ResidentMiB
	VCPUs
	DirtyRate
	WorkingSetMiB
	DirtyCurve
	DowntimeLimitMS
	TimeoutS
	AutoConverge

	// Count is the number of features.
	Count = int(iota)
)

// Kind is the form a feature's value takes.
type Kind int

// The kinds of value.
const (
	Number  Kind = iota // any number within the bounds
	Integer             // a whole number within the bounds
	Bool                // true or false
	Points              // a dirty curve: seconds and MiB, both ascending
)

// A Definition is one row of the feature table.
type Definition struct {
	Feature  Feature
	Name     string // JSON field and CSV column
	Flag     string // command-line flag, without the dashes
	Unit     string // empty where the value has none
	Min, Max float64
	Kind     Kind
	Required bool   // a single request must give it; files and records need not
	Doc      string // what it is, in a few words
	Measure  string // how an operator finds it out
}

// Definitions is the feature table: the one place that says what vmmp can be told about a virtual machine.
// Definitions[f].Feature == f for every f.
var Definitions = [Count]Definition{
	{
		Feature: CPULoad, Name: "cpu_load", Flag: "cpu", Unit: "%", Min: 0, Max: 100, Required: true,
		Doc:     "the VM's CPU use, of all its vCPUs",
		Measure: "`virsh domstats --cpu-total DOMAIN` twice, or `rate(kubevirt_vmi_cpu_usage_seconds_total[1m])`",
	},
	{
		Feature: MemoryUsage, Name: "memory_usage", Flag: "mem", Unit: "%", Min: 0, Max: 100, Required: true,
		Doc:     "guest memory in use, of the VM's RAM",
		Measure: "`virsh dommemstat DOMAIN` (1 - usable/actual), or `kubevirt_vmi_memory_usable_bytes`",
	},
	{
		Feature: DiskIO, Name: "disk_io", Flag: "disk", Unit: "MB/s", Min: 0, Max: 100000,
		Doc:     "disk throughput, read and write together",
		Measure: "`virsh domblkstat DOMAIN` twice",
	},
	{
		Feature: NetworkBandwidth, Name: "network_bandwidth", Flag: "net", Unit: "Mbps", Min: 1, Max: 1000000,
		Doc:     "line rate the migration can use",
		Measure: "`ethtool INTERFACE` on the migration network, or better `iperf3` between the two hosts",
	},
	{
		Feature: BandwidthCap, Name: "bandwidth_cap", Flag: "bandwidth-cap", Unit: "Mbps", Min: 1, Max: 1000000,
		Doc:     "the hypervisor's own max-bandwidth for the rounds",
		Measure: "`virsh migrate-getspeed DOMAIN`, or QMP `query-migrate-parameters` (max-bandwidth)",
	},
	{
		Feature: MemoryMiB, Name: "memory_mib", Flag: "memory", Unit: "MiB", Min: 1, Max: 67108864,
		Doc:     "the VM's RAM",
		Measure: "`virsh dominfo DOMAIN`",
	},
	{
		Feature: ResidentMiB, Name: "resident_mib", Flag: "resident", Unit: "MiB", Min: 0, Max: 67108864,
		Doc:     "RAM the hypervisor really holds for it",
		Measure: "`virsh dommemstat DOMAIN` (rss)",
	},
	{
		Feature: VCPUs, Name: "vcpus", Flag: "vcpus", Min: 1, Max: 4096, Kind: Integer,
		Doc:     "number of virtual CPUs",
		Measure: "`virsh vcpucount DOMAIN`",
	},
	{
		Feature: DirtyRate, Name: "dirty_rate", Flag: "dirty-rate", Unit: "MiB/s", Min: 0, Max: 1000000,
		Doc: "distinct memory dirtied in one second",
		Measure: "`virsh domdirtyrate-calc DOMAIN --seconds 1`, QMP `calc-dirty-rate`, " +
			"or `kubevirt_vmi_dirty_rate_bytes_per_second`",
	},
	{
		Feature: WorkingSetMiB, Name: "working_set_mib", Flag: "working-set", Unit: "MiB", Min: 0, Max: 67108864,
		Doc:     "writable working set: the dirty curve's plateau",
		Measure: "QMP `calc-dirty-rate` over a long window (calc-time 30): rate times seconds, once it stops growing",
	},
	{
		Feature: DirtyCurve, Name: "dirty_curve", Flag: "dirty-curve", Unit: "s:MiB", Kind: Points,
		Doc: "distinct MiB dirtied within each of several windows: the strongest signal",
		Measure: "QMP `calc-dirty-rate` with calc-time 100, 300, 1000, 3000 and 10000 (calc-time-unit millisecond): " +
			"rate times seconds for each",
	},
	{
		Feature: DowntimeLimitMS, Name: "downtime_limit_ms", Flag: "downtime-limit", Unit: "ms", Min: 1, Max: 2000000,
		Doc:     "the hypervisor's downtime limit",
		Measure: "`virsh migrate-getmaxdowntime DOMAIN`, or QMP `query-migrate-parameters` (downtime-limit)",
	},
	{
		Feature: TimeoutS, Name: "timeout_s", Flag: "precopy-timeout", Unit: "s", Min: 1, Max: 1000000,
		Doc:     "how long the operator lets pre-copy try",
		Measure: "the `--timeout` you give `virsh migrate`, or KubeVirt's completionTimeoutPerGiB times the VM's GiB",
	},
	{
		Feature: AutoConverge, Name: "auto_converge", Flag: "auto-converge", Max: 1, Kind: Bool,
		Doc:     "throttling of the guest allowed",
		Measure: "whether you pass `--auto-converge` to `virsh migrate`, or KubeVirt's allowAutoConverge",
	},
}

// Definition returns the feature's row of the table.
func (f Feature) Definition() Definition { return Definitions[f] }

// String returns the feature's JSON and CSV name.
func (f Feature) String() string { return Definitions[f].Name }

// check returns what is wrong with a value of d, empty if nothing is.
func (d Definition) check(v float64) string {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return "must be a number, " + d.Range()
	case v < d.Min || v > d.Max:
		return "must be " + d.Range()
	case d.Kind == Integer && v != math.Trunc(v):
		return "must be a whole number, " + d.Range()
	case d.Kind == Bool && v != 0 && v != 1:
		return "must be " + d.Range()
	}
	return ""
}

// Range returns in words what values d may take.
func (d Definition) Range() string {
	switch d.Kind {
	case Bool:
		return "true or false"
	case Points:
		return "windows in seconds with the MiB dirtied in each, both ascending"
	}
	return strings.TrimSpace(fmt.Sprintf("%s to %s %s", plain(d.Min), plain(d.Max), d.Unit))
}

// Lookup returns the feature of that JSON and CSV name, whose case counts.
func Lookup(name string) (Feature, bool) {
	for _, d := range Definitions {
		if d.Name == name {
			return d.Feature, true
		}
	}
	return 0, false
}
