package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vmmp/pkg/migration"
)

func inventedGroups(t *testing.T) []group {
	t.Helper()
	groups, err := kvmGroups(strings.NewReader(invented), "invented.csv")
	if err != nil {
		t.Fatal(err)
	}
	return groups
}

func TestKVMGroups(t *testing.T) {
	var names []string
	for _, g := range inventedGroups(t) {
		names = append(names, g.name)
	}
	want := []string{
		"kvm-2017 original", "kvm-2017 original without limit", "kvm-2017 original without dirty rate, CPU 70-100 %",
		"kvm-2017 auto-converge", "kvm-2017 x-postcopy-ram", "kvm-2017 xbzrle", "kvm-2017 compress",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
}

func TestKVMSlices(t *testing.T) {
	in := map[string][]int{}
	g := inventedGroups(t)[0]
	for _, s := range g.slices {
		in[s.name] = []int{}
		for i := range g.records {
			if s.has == nil || s.has(i) {
				in[s.name] = append(in[s.name], i)
			}
		}
	}
	want := map[string][]int{ // loads 0.002, 0.39 and 1.2
		"every pause": {0, 1, 2}, "near idle, cap above the link": {0}, "cap below the link": {1, 2},
		"dirty/bandwidth 0.0-0.1": {0}, "dirty/bandwidth 0.3-0.4": {1}, "dirty/bandwidth 0.5-0.6": {},
		"dirty/bandwidth 0.7-0.8": {}, "dirty/bandwidth 0.9-1.0": {}, "dirty/bandwidth above 1": {2},
	}
	if diff := cmp.Diff(want, in); diff != "" {
		t.Error(diff)
	}
}

// Who knows less is asked the same otherwise, and the group that knows all is left as it was.
func TestPartialKnowledge(t *testing.T) {
	groups := inventedGroups(t)
	all, noLimit, noRate := groups[0], groups[1], groups[2]
	full := all.records[0].Features.Known()
	if want := full &^ migration.Of(migration.DowntimeLimitMS); noLimit.records[0].Features.Known() != want {
		t.Errorf("without limit %s is known", noLimit.records[0].Features.Known())
	}
	if want := full&^migration.Of(migration.DirtyRate) | migration.Of(migration.CPULoad); noRate.records[0].Features.Known() != want {
		t.Errorf("without dirty rate %s is known", noRate.records[0].Features.Known())
	}
	again := inventedGroups(t)[2]
	loads := map[float64]bool{}
	for i := range noRate.records {
		cpu := noRate.records[i].Features.Get(migration.CPULoad)
		if loads[cpu] = true; !(cpu >= 70 && cpu <= 100) {
			t.Errorf("CPU load %v", cpu)
		}
		if !again.records[i].Features.Equal(noRate.records[i].Features) {
			t.Errorf("record %d is drawn anew each time", i)
		}
	}
	if len(loads) < len(noRate.records) {
		t.Errorf("%d CPU loads of %d guests", len(loads), len(noRate.records))
	}
	where := noRate.slices[0].has
	if !where(0) || !where(1) || where(2) {
		t.Error("where all converge: the first two switched over by themselves, the third did not")
	}
}
