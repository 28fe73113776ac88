package simulate

import (
	"strings"
	"testing"

	"vmmp/pkg/migration"
)

func TestScenariosAreValid(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range Scenarios {
		if s.Doc == "" || seen[s.Name] {
			t.Errorf("%s: doc %q, seen before: %v", s.Name, s.Doc, seen[s.Name])
		}
		seen[s.Name] = true
		vms := s.VMs(3)
		if len(vms) == 0 {
			t.Errorf("%s has no VM", s.Name)
		}
		for _, vm := range vms {
			if faults := vm.Features.Validate(); len(faults) > 0 || len(vm.Features.Contradictions()) > 0 || vm.Name != s.Name {
				t.Errorf("%s: VM %q: %v", s.Name, vm.Name, faults)
			}
		}
	}
}

// The Python demo's scenarios, to the digit.
func TestScenariosOfTheDemo(t *testing.T) {
	for i, want := range [][4]float64{{95, 85, 90, 200}, {80, 95, 75, 150}, {90, 90, 95, 100}} {
		x := Scenarios[i].VMs(0)[0].Features
		got := [4]float64{x.Get(migration.CPULoad), x.Get(migration.MemoryUsage), x.Get(migration.DiskIO), x.Get(migration.NetworkBandwidth)}
		if got != want {
			t.Errorf("%s is %v, want %v", Scenarios[i].Name, got, want)
		}
	}
}

// What the scenarios' names promise is what the physics makes of them.
func TestScenariosDoWhatTheySay(t *testing.T) {
	median := map[string]float64{}
	converged := map[string]float64{}
	for _, s := range Scenarios {
		r, err := collect(t.Context(), Local{Model: embedded(t)}, Physics{}, of(scenarioVMs([]Scenario{s}, 40, 1)), 1)
		if err != nil {
			t.Fatal(err)
		}
		converged[s.Name] = *r.Summary.Converged
		if r.Summary.Downtime != nil {
			median[s.Name] = r.Summary.Downtime.Median
		}
	}
	if converged["memory-bomb"] > 0.1 || converged["idle-web"] < 0.95 || converged["database"] < 0.7 || converged["slow-wan"] < 0.5 {
		t.Errorf("converged: %v", converged)
	}
	if !(median["idle-web"] < median["database"] && median["database"] < median["slow-wan"]) {
		t.Errorf("median downtimes: %v", median)
	}
}

func TestNamedScenarios(t *testing.T) {
	all, err := NamedScenarios()
	if err != nil || len(all) != len(Scenarios) {
		t.Errorf("%d scenarios, error %v", len(all), err)
	}
	two, err := NamedScenarios("slow-wan", "database")
	if err != nil || two[0].Name != "slow-wan" || two[1].Name != "database" {
		t.Errorf("%v, error %v", two, err)
	}
	if _, err := NamedScenarios("database", "tsunami"); err == nil || !strings.Contains(err.Error(), `"tsunami"`) || !strings.Contains(err.Error(), "slow-wan") {
		t.Errorf("error %v", err)
	}
	if got := scenarioVMs(two, 2, 0); len(got) != 4 || got[1].Name != "slow-wan" || got[2].Name != "database" {
		t.Errorf("staged %v", got)
	}
}

func TestAnEvacuationIsOverOneLink(t *testing.T) {
	s, err := NamedScenarios("evacuation")
	if err != nil {
		t.Fatal(err)
	}
	vms := s[0].VMs(9)
	if len(vms) != 20 {
		t.Errorf("%d VMs", len(vms))
	}
	for _, vm := range vms {
		if vm.Features.Get(migration.NetworkBandwidth) != 10_000 || vm.Features.Known().Has(migration.BandwidthCap) {
			t.Errorf("a VM has a link of its own: %v", vm.Features)
		}
	}
}
