package simulate

import (
	"fmt"
	"slices"
	"strings"

	"vmmp/pkg/migration"
)

// Scenario is a situation that is worth a look at: one VM that is typical of it, or several that leave their host
// together.
type Scenario struct {
	Name string
	Doc  string // one line

	vms func(seed uint64) []VM
}

// VMs returns those of the scenario, in the order in which they are migrated.
func (s Scenario) VMs(seed uint64) []VM { return s.vms(seed) }

// Scenarios lists the scenarios. The first three are those of the Python demo, of which the four features that it
// knew are given. The others are what their names say, in round figures.
var Scenarios = []Scenario{
	demos("cpu-stress", "processors at their limit, all else busy", 95, 85, 90, 200),
	demos("memory-stress", "memory at its limit, on a slow link", 80, 95, 75, 150),
	demos("disk-stress", "all at their limit, on the slowest link", 90, 90, 95, 100),
	typical("idle-web", "a web server at night", map[migration.Feature]float64{
		migration.CPULoad: 3, migration.MemoryUsage: 35, migration.DiskIO: 0.2, migration.NetworkBandwidth: 10_000,
		migration.MemoryMiB: 4096, migration.VCPUs: 2, migration.DirtyRate: 2, migration.WorkingSetMiB: 60,
		migration.DowntimeLimitMS: 300,
	}),
	typical("database", "a database whose hot pages are written over and over", map[migration.Feature]float64{
		migration.CPULoad: 55, migration.MemoryUsage: 80, migration.DiskIO: 150, migration.NetworkBandwidth: 10_000,
		migration.MemoryMiB: 65_536, migration.ResidentMiB: 57_344, migration.VCPUs: 16, migration.DowntimeLimitMS: 300,
	}, migration.Point{Seconds: 0.1, MiB: 40}, migration.Point{Seconds: 0.3, MiB: 70},
		migration.Point{Seconds: 1, MiB: 100}, migration.Point{Seconds: 3, MiB: 150}, migration.Point{Seconds: 10, MiB: 260}),
	typical("memory-bomb", "a guest that writes faster than its link carries", map[migration.Feature]float64{
		migration.CPULoad: 90, migration.MemoryUsage: 95, migration.DiskIO: 5, migration.NetworkBandwidth: 10_000,
		migration.MemoryMiB: 16_384, migration.VCPUs: 8, migration.DirtyRate: 4000, migration.WorkingSetMiB: 12_000,
		migration.DowntimeLimitMS: 300, migration.AutoConverge: 0,
	}),
	typical("slow-wan", "a quiet guest over 100 Mbps to another site", map[migration.Feature]float64{
		migration.CPULoad: 20, migration.MemoryUsage: 50, migration.DiskIO: 3, migration.NetworkBandwidth: 100,
		migration.MemoryMiB: 8192, migration.VCPUs: 4, migration.DirtyRate: 4, migration.WorkingSetMiB: 200,
		migration.DowntimeLimitMS: 1000, migration.TimeoutS: 3600,
	}),
	{"evacuation", evacuationDoc, func(seed uint64) []VM {
		vms := overOneLink(fleetVMs(seed, evacuees), EvacuationMbps)
		for i := range vms {
			vms[i].Name = "evacuation"
		}
		return vms
	}},
}

// evacuees is how many VMs leave a host.
const evacuees = 20

// EvacuationMbps is the link that a host is emptied over, unless somebody names another.
const EvacuationMbps = 10_000

var evacuationDoc = fmt.Sprintf("%d VMs leave a host over one link of %d Mbps, one after the other",
	evacuees, EvacuationMbps)

// demos returns a scenario of which the Python demo's four features are known.
func demos(name, doc string, cpu, memory, disk, net float64) Scenario {
	return typical(name, doc, map[migration.Feature]float64{
		migration.CPULoad: cpu, migration.MemoryUsage: memory, migration.DiskIO: disk, migration.NetworkBandwidth: net,
	})
}

// typical returns a scenario of one VM.
func typical(name, doc string, known map[migration.Feature]float64, curve ...migration.Point) Scenario {
	var x migration.Features
	for f, v := range known {
		x.Set(f, v)
	}
	if curve != nil {
		x.SetPoints(curve)
	}
	return Scenario{name, doc, func(uint64) []VM { return []VM{{Name: name, Features: x}} }}
}

// ScenarioNames returns those of Scenarios.
func ScenarioNames() []string {
	var names []string
	for _, s := range Scenarios {
		names = append(names, s.Name)
	}
	return names
}

// NamedScenarios returns scenarios by their names, all of them without any. The error lists those that there are.
func NamedScenarios(names ...string) ([]Scenario, error) {
	if len(names) == 0 {
		return Scenarios, nil
	}
	var found []Scenario
	for _, name := range names {
		i := slices.Index(ScenarioNames(), name)
		if i < 0 {
			return nil, fmt.Errorf("unknown scenario %q: it is one of %s", name, strings.Join(ScenarioNames(), ", "))
		}
		found = append(found, Scenarios[i])
	}
	return found, nil
}

// scenarioVMs returns the VMs of scenarios, each scenario n times.
func scenarioVMs(scenarios []Scenario, n int, seed uint64) []VM {
	var all []VM
	for _, s := range scenarios {
		for range n {
			all = append(all, s.VMs(seed)...)
		}
	}
	return all
}
