package metrics

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// described is what is said of a metric.
func described(t *testing.T, name string) Description {
	t.Helper()
	for _, d := range Descriptions() {
		if d.Name == name {
			return d
		}
	}
	t.Fatalf("%s is not described", name)
	return Description{}
}

func TestDescriptions(t *testing.T) {
	for _, want := range []Description{
		{
			Name: NamePredictions, Type: TypeCounter, Commands: []string{"serve"},
			Help: "Predictions made, by what was asked and by what they rest on: migrations of the site, of other sites, or simulated ones.",
			Labels: []Label{
				{Name: "endpoint", Values: []string{"batch", "predict", "simulate"}}, {Name: "support", Values: []string{"other-site", "simulated", "site"}},
			},
		},
		{
			Name: NameHTTPDuration, Type: TypeHistogram, Native: true, Unit: "seconds", Commands: []string{"serve"},
			Help:   "Time from the head of an HTTP request to the end of its answer, by method and route.",
			Labels: []Label{{Name: "method", Free: free["method"]}, {Name: "route", Free: free["route"]}},
		},
		{
			Name: NameHostMemory, Type: TypeGauge, Unit: "ratio", Commands: []string{"serve", "stress"},
			Help: "Share of this machine's memory that is not available.",
		},
		{
			Name: NameStressWorkers, Type: TypeGauge, Commands: []string{"stress"}, Help: "Workers of the load.",
			Labels: []Label{{Name: "stressor", Values: []string{"cpu", "hdd", "io", "vm"}}},
		},
	} {
		if diff := cmp.Diff(want, described(t, want.Name)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", want.Name, diff)
		}
	}
}

// Of each label it is said what can be in it.
func TestLabelsAreDescribed(t *testing.T) {
	for _, d := range Descriptions() {
		for _, l := range d.Labels {
			if (len(l.Values) == 0) == (l.Free == "") {
				t.Errorf("%s{%s}: values %v, or %q", d.Name, l.Name, l.Values, l.Free)
			}
		}
		if d.Help == "" || len(d.Commands) == 0 || !slices.Contains([]string{TypeCounter, TypeGauge, TypeHistogram}, d.Type) {
			t.Errorf("%+v", d)
		}
	}
}

// Where a label has a list, nothing else is shown in it.
func TestShownValuesAreDescribed(t *testing.T) {
	for _, family := range slices.Concat(gather(used().Registry()), gather(stressed().Registry())) {
		listed := map[string][]string{}
		for _, l := range described(t, family.GetName()).Labels {
			listed[l.Name] = l.Values
		}
		for _, m := range family.GetMetric() {
			for _, l := range m.GetLabel() {
				if list := listed[l.GetName()]; len(list) > 0 && !slices.Contains(list, l.GetValue()) {
					t.Errorf("%s{%s=%q} is not among %v", family.GetName(), l.GetName(), l.GetValue(), list)
				}
			}
		}
	}
}
