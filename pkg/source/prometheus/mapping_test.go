package prometheus

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/source"
)

// ours are the mappings that come with the program.
var ours = os.DirFS("../../../configs/sources")

func load(t testing.TB, name string) Mapping {
	t.Helper()
	m, err := LoadMapping(ours, name)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestMappingsThatComeWithTheProgram(t *testing.T) {
	machine := migration.Of(migration.CPULoad, migration.MemoryUsage, migration.DiskIO, migration.NetworkBandwidth,
		migration.MemoryMiB, migration.VCPUs)
	for name, want := range map[string]migration.Set{
		"node-exporter":    machine,
		"libvirt-exporter": machine | migration.Of(migration.ResidentMiB),
		"kubevirt":         machine | migration.Of(migration.ResidentMiB, migration.DirtyRate),
	} {
		m := load(t, name)
		if m.Features() != want || m.Name() != name {
			t.Errorf("%s tells of %v", m.Name(), m.Features())
		}
	}
}

func TestLoadMapping(t *testing.T) {
	text, err := os.ReadFile("../../../configs/sources/kubevirt.yaml")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "mine.yaml")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if m, err := LoadMapping(ours, path); err != nil || m.Name() != "mine" {
		t.Errorf("from a path: %s, %v", m.Name(), err)
	}
	for name, want := range map[string]string{
		"kubvirt": "did you mean kubevirt?",
		"vsphere": "there are kubevirt, libvirt-exporter, node-exporter; one of your own is given by its path, such as ./vsphere.yaml",
	} {
		if _, err := LoadMapping(ours, name); !errors.Is(err, ErrUnknownMapping) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := LoadMapping(ours, "./nothing.yaml"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("of no file: %v", err)
	}
}

// least is a mapping with nothing that could be left out.
const least = `labels: {name: vm}
vms: {query: "vm_info{$vm}"}
features:
  vcpus: {query: "vm_vcpus{$vm}"}
`

func TestDefaults(t *testing.T) {
	m, err := ParseMapping("least.yaml", []byte(least))
	if err != nil {
		t.Fatal(err)
	}
	q := m.features[migration.VCPUs]
	if m.stale != 5*time.Minute || m.interval != 5*time.Minute || q.factor != 1 || q.series != "vm_vcpus{$vm}" {
		t.Errorf("%+v", m)
	}
}

func TestUnitsAndScales(t *testing.T) {
	m, err := ParseMapping("x", []byte(`labels: {name: vm, host: node}
stale: 90s
interval: 1m
vms: {query: "vm_info{$vm}", state: {labels: [phase], values: {up: running}}}
features:
  memory_mib: {query: "a{$vm}", unit: GiB}
  cpu_load: {query: "b{$vm}", unit: "%", scale: 100}
  dirty_rate: {query: "c{$vm}", unit: B/s, scale: 4096}
  network_bandwidth: {query: "max by (instance) (d{$host})", unit: B/s, per: host, series: "d{$host}", labels: {host: instance}}
`))
	if err != nil {
		t.Fatal(err)
	}
	for f, want := range map[migration.Feature]float64{
		migration.MemoryMiB: 1024, migration.CPULoad: 100, migration.DirtyRate: 1.0 / 256, migration.NetworkBandwidth: 8e-6,
	} {
		if got := m.features[f].factor; got != want {
			t.Errorf("%v: %v, want %v", f, got, want)
		}
	}
	if q := m.features[migration.NetworkBandwidth]; !q.perHost || q.labels.host != "instance" || q.labels.name != "vm" {
		t.Errorf("%+v", q)
	}
	if m.stale != 90*time.Second || m.interval != time.Minute || m.state.values["up"] != source.Running {
		t.Errorf("%+v", m)
	}
}

// The description of mapping files names every key.
func TestKeysAreDescribed(t *testing.T) {
	text, err := os.ReadFile("../../../configs/sources/README.md")
	if err != nil {
		t.Fatal(err)
	}
	keys := []string{"labels", "stale", "interval", "vms", "features", "unmovable", "progress", "ended", "namespace", "name",
		"host", "migration", "query", "unit", "scale", "series", "per", "state", "values", "reason", "active", "start", "end"}
	for _, s := range samples {
		keys = append(keys, s.name)
	}
	for _, status := range migration.Statuses {
		keys = append(keys, string(status))
	}
	for _, key := range append(keys, stateNames...) {
		if !strings.Contains(string(text), "`"+key+"`") {
			t.Errorf("%s is not described", key)
		}
	}
}

// Every fault is named, with its line.
func TestFaults(t *testing.T) {
	feature := func(text string) string {
		return "labels: {name: vm}\nvms: {query: \"i{$vm}\"}\nfeatures:\n  " + text + "\n"
	}
	for text, want := range map[string]string{
		"":                             "x.yaml: it is empty",
		"- a":                          "x.yaml:1: a mapping has to be a table",
		"a: [":                         "x.yaml: line 1",
		least + "---\na: b\n":          "more than one document",
		least + "feature: {}\n":        "x.yaml:5: a mapping has no \"feature\": did you mean features?",
		least + "labels: {name: vm}\n": "labels is in a mapping twice",
		"vms: {query: \"i{$vm}\"}\nfeatures: {}\n":                                   "labels.name is missing",
		"labels: {name: vm}\nfeatures: {}\n":                                         "vms.query is missing",
		"labels: {name: vm}\nvms: {query: \"i{$vm}\"}":                               "features is missing",
		"labels: {name: v-m}\n":                                                      "x.yaml:1: labels.name has to be the name of a label, not \"v-m\"",
		"labels: {nam: vm}\n":                                                        "x.yaml:1: labels has no \"nam\": did you mean name?",
		least + "stale: soon\n":                                                      "x.yaml:5: stale has to be a time span like 5m, of a day at most, not \"soon\"",
		least + "stale: -5m\n":                                                       "stale has to be",
		least + "interval: 25h\n":                                                    "interval has to be",
		feature("memory_mb: {query: \"a{$vm}\"}"):                                    "x.yaml:4: features has no \"memory_mb\": did you mean memory_mib?",
		feature("dirty_curve: {query: \"a{$vm}\"}"):                                  "features has no \"dirty_curve\"",
		feature("memory_mib: {query: \"a{$vm}\"}"):                                   "x.yaml:4: features.memory_mib.unit is missing: what the query's value is in, such as MiB",
		feature("memory_mib: {query: \"a{$vm}\", unit: miles}"):                      "x.yaml:4: features.memory_mib.unit is in MiB, and \"miles\" is no other unit of that: write",
		feature("vcpus: {query: \"a{$vm}\", unit: B}"):                               "features.vcpus.unit is a number without a unit",
		feature("vcpus: {query: \"a{$vm}\", scale: 0}"):                              "features.vcpus.scale has to be a number other than 0",
		feature("vcpus: {query: \"a{$vm}\", scale: .inf}"):                           "features.vcpus.scale has to be",
		feature("vcpus: {query: \"a{$vm}\", per: cluster}"):                          "features.vcpus.per has to be host, not \"cluster\"",
		feature("vcpus: {query: \"a{$host}\", per: host}"):                           "features.vcpus.labels.host is missing",
		feature("vcpus: {}"):                                                         "features.vcpus.query is missing",
		feature("vcpus: {query: a}"):                                                 "features.vcpus.query has no $vm: write metric{$vm}",
		feature("vcpus: {query: [a]}"):                                               "features.vcpus.query has to be a text",
		feature("vcpus: 4"):                                                          "features.vcpus has to be a table",
		feature("vcpus: {query: \"sum(a{$vm})\"}"):                                   "features.vcpus.series is missing: the series that the query is made of",
		feature("vcpus: {query: \"sum(a{$vm})\", series: \"b or c\"}"):               "features.vcpus.series has to be series alone",
		feature("vcpus: {query: \"sum(a{$vm}\"}"):                                    "x.yaml:4: features.vcpus.query: nothing closes a (",
		feature("vcpus: {query: \"a{$vm}]\"}"):                                       "nothing opens the ]",
		feature("vcpus: {query: 'a{b=\"c,$vm}'}"):                                    "a quote is not closed",
		feature("vcpus: {query: \"a{$wm}\"}"):                                        "\"$wm\" is no placeholder: there are $vm, $host and $interval",
		feature("vcpus: {query: \"a[$vm]\"}"):                                        "$vm has to stand within {}",
		feature("vcpus: {query: \"rate(a{$vm}[$interval]) / $interval\"}"):           "$interval has to stand within []",
		feature(`vcpus: {query: 'a{$vm, b="$vm"}'}`):                                 "a placeholder within quotes",
		feature("vcpus: {query: \"a{$vm} # so much\"}"):                              "a comment would hide",
		least + "unmovable: {query: \"a{$vm}\"}\n":                                   "unmovable.reason is missing",
		least + "progress: {mbps: {query: \"a{$vm}\", unit: B/s}}\n":                 "progress.active is missing",
		least + "progress: {speed: {query: \"a{$vm}\"}}\n":                           "progress has no \"speed\"",
		least + "ended: {}\n":                                                        "ended has no query",
		least + "ended: {succeeded: {}}\n":                                           "ended has no \"succeeded\": there are completed, end, failed",
		least + "ended: {completed: {query: \"a{$vm}\"}}\n":                          "ended.completed.labels.migration is missing",
		"labels: {name: vm}\nvms: {query: \"i{$vm}\", state: {values: {up: run}}}\n": "a VM's state has no \"run\"",
		"labels: {name: vm}\nvms: {query: \"i{$vm}\", state: {labels: phase}}\n":     "vms.state.labels has to be a list",
		"labels: {name: vm}\nvms: &a {query: *a}\n":                                  "x.yaml",
		"labels: {name: vm}\nvms: {? [a] : b}\n":                                     "a key of vms has to be a word",
	} {
		if _, err := ParseMapping("some/x.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestEveryFaultIsNamed(t *testing.T) {
	_, err := ParseMapping("x.yaml", []byte("stale: never\nvms: {}\nfeatures: {vcpu: {}, memory_mib: {query: \"a{\"}}\nmore: 1\n"))
	if err == nil || strings.Count(err.Error(), "\n") < 4 {
		t.Errorf("%v", err)
	}
}

// Whatever the text, the decoder answers with a mapping or with faults, and a mapping's queries can be asked of one VM
// and of all.
func FuzzParseMapping(f *testing.F) {
	f.Add([]byte(least))
	for _, name := range []string{"kubevirt", "libvirt-exporter", "node-exporter"} {
		text, err := os.ReadFile("../../../configs/sources/" + name + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := ParseMapping("x.yaml", text)
		if err != nil {
			for line := range strings.SplitSeq(err.Error(), "\n") {
				if line == "" {
					t.Errorf("an empty fault of %q", text)
				}
			}
			return
		}
		if m.Features() == 0 || !m.vms.asked() {
			t.Errorf("a mapping of nothing: %+v", m)
		}
		one := choice{vm: &source.VM{ID: "a/b"}, hosts: []string{"h"}, interval: m.interval}
		for _, q := range m.queries() {
			for _, c := range []choice{one, {interval: m.interval}} {
				if filled := q.text.fill(q.labels, c); checkSyntax(filled) != nil || strings.Contains(filled, "\n") {
					t.Errorf("%s is asked as %q", q.what, filled)
				}
			}
		}
	})
}
