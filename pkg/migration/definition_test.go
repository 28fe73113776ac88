package migration

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDefinitionsAreConsistent(t *testing.T) {
	name, flag := regexp.MustCompile(`^[a-z][a-z0-9_]*$`), regexp.MustCompile(`^[a-z][a-z-]*$`)
	names, flags := map[string]bool{}, map[string]bool{}
	for i, d := range Definitions {
		if d.Feature != Feature(i) || !reflect.DeepEqual(d.Feature.Definition(), d) || d.Feature.String() != d.Name {
			t.Errorf("row %d is %+v", i, d)
		}
		if !name.MatchString(d.Name) || names[d.Name] {
			t.Errorf("name %q", d.Name)
		}
		if !flag.MatchString(d.Flag) || flags[d.Flag] {
			t.Errorf("flag %q", d.Flag)
		}
		if !slices.Contains(Topics, d.Topic) {
			t.Errorf("%s is under no topic: %q", d.Name, d.Topic)
		}
		if d.Doc == "" || d.Measure == "" || strings.Contains(d.Doc+d.Measure, "\n") {
			t.Errorf("%s: doc %q, measure %q", d.Name, d.Doc, d.Measure)
		}
		names[d.Name], flags[d.Flag] = true, true
	}
	for _, column := range OutcomeColumns {
		if names[column] {
			t.Errorf("%s is a feature and an outcome", column)
		}
	}
}

func TestDefinitionsHaveBounds(t *testing.T) {
	for _, d := range Definitions {
		switch d.Kind {
		case Points:
			if d.Min != 0 || d.Max != 0 {
				t.Errorf("%s: a curve has no bounds of its own", d.Name)
			}
		case Bool:
			if d.Min != 0 || d.Max != 1 || d.Unit != "" {
				t.Errorf("%s: %+v", d.Name, d)
			}
		case Choice:
			if d.Min != 0 || int(d.Max) != len(d.Choices)-1 || d.Unit != "" {
				t.Errorf("%s: %+v", d.Name, d)
			}
		default:
			if !(d.Min < d.Max) || d.Min < 0 {
				t.Errorf("%s: bounds %v..%v", d.Name, d.Min, d.Max)
			}
			if d.check(d.Min) != "" || d.check(d.Max) != "" || d.check(d.Min-1) == "" || d.check(d.Max+1) == "" {
				t.Errorf("%s: bounds do not hold", d.Name)
			}
		}
	}
}

// Every row's form stands in the contract with users; a change shows here.
func TestDefinitionsAsDocumented(t *testing.T) {
	want := []string{
		"cpu_load --cpu 0 to 100 % required", "memory_usage --mem 0 to 100 % required", "disk_io --disk 0 to 100000 MB/s",
		"network_bandwidth --net 1 to 1000000 Mbps", "bandwidth_cap --bandwidth-cap 0 for none, or 1 to 1000000 Mbps",
		"memory_mib --memory 1 to 67108864 MiB", "resident_mib --resident 0 to 67108864 MiB", "vcpus --vcpus 1 to 4096",
		"dirty_rate --dirty-rate 0 to 1000000 MiB/s", "working_set_mib --working-set 0 to 67108864 MiB",
		"dirty_curve --dirty-curve windows in seconds with the MiB dirtied in each, both ascending",
		"downtime_limit_ms --downtime-limit 1 to 2000000 ms", "timeout_s --precopy-timeout 0 for none, or 1 to 1000000 s",
		"auto_converge --auto-converge true or false",
		"method --method one of precopy, postcopy, postcopy-timeout, cpr", "multifd_channels --multifd 0 to 255",
		"compression --compression one of none, zlib, zstd, qatzip, qpl, uadk", "tls --tls true or false", "xbzrle --xbzrle true or false",
		"huge_pages --huge-pages true or false", "hypervisor --hypervisor one of kvm, tcg, xen, other",
		"hypervisor_version --hypervisor-version a version such as 8.1 or 10.0", "vfio_mib --vfio 0 to 1048576 MiB",
		"migratable --migratable true or false", "zero_tail_mib --zero-tail 0 to 67108864 MiB",
	}
	var got []string
	for _, d := range Definitions {
		line := d.Name + " --" + d.Flag + " " + d.Range()
		if d.Required {
			line += " required"
		}
		got = append(got, line)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestLookup(t *testing.T) {
	for _, d := range Definitions {
		if f, ok := Lookup(d.Name); !ok || f != d.Feature {
			t.Errorf("%s: %v, %v", d.Name, f, ok)
		}
		if _, ok := Lookup(strings.ToUpper(d.Name)); ok {
			t.Errorf("%s is found in capitals", d.Name)
		}
	}
	if _, ok := Lookup("downtime_ms"); ok {
		t.Error("an outcome is a feature")
	}
}
