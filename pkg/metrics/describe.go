package metrics

import (
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

// Types of metrics.
const (
	TypeCounter   = "counter"
	TypeGauge     = "gauge"
	TypeHistogram = "histogram"
)

// A Description is what documents say of a metric.
type Description struct {
	Name     string
	Type     string
	Native   bool     // of a histogram: it is a native one as well
	Unit     string   // empty of what is counted or has none
	Help     string   // one sentence or more
	Labels   []Label  // in alphabetical order
	Commands []string // that show it: serve, stress
}

// A Label is a label of a metric.
type Label struct {
	Name   string
	Values []string // all that there can be, in alphabetical order; empty where there is no such list
	Free   string   // what is in it where there is none
}

// Descriptions returns all metrics of this package in alphabetical order. It gathers them from a server and a load of
// which all was seen.
func Descriptions() []Description {
	byName := map[string]*Description{}
	var names []string
	for _, shown := range []struct {
		command  string
		registry *prometheus.Registry
	}{{"serve", everyServed().registry}, {"stress", everyStressed().registry}} {
		for _, family := range gather(shown.registry) {
			d := byName[family.GetName()]
			if d == nil {
				d = descriptionOf(family)
				byName[d.Name], names = d, append(names, d.Name)
			}
			d.Commands = append(d.Commands, shown.command)
		}
	}
	slices.Sort(names)
	all := make([]Description, len(names))
	for i, name := range names {
		all[i] = *byName[name]
	}
	return all
}

// Names returns the names of all metrics of this package in alphabetical order.
func Names() []string {
	var names []string
	for _, d := range Descriptions() {
		names = append(names, d.Name)
	}
	return names
}

// Series returns what a query can ask for, in alphabetical order: Names, with the three series of each histogram
// instead of its name. One that is native as well is there by its name, too.
func Series() []string {
	var series []string
	for _, d := range Descriptions() {
		if d.Type == TypeHistogram {
			series = append(series, d.Name+"_bucket", d.Name+"_sum", d.Name+"_count")
		}
		if d.Type != TypeHistogram || d.Native {
			series = append(series, d.Name)
		}
	}
	slices.Sort(series)
	return series
}

// gather returns the metrics of ours on a registry.
func gather(registry *prometheus.Registry) []*dto.MetricFamily {
	families, err := registry.Gather()
	if err != nil {
		panic("metrics: " + err.Error())
	}
	return slices.DeleteFunc(families, func(f *dto.MetricFamily) bool { return !strings.HasPrefix(f.GetName(), "vmmp_") })
}

func descriptionOf(family *dto.MetricFamily) *Description {
	h := family.GetMetric()[0].GetHistogram()
	return &Description{
		Name: family.GetName(), Type: strings.ToLower(family.GetType().String()), Native: h != nil && h.Schema != nil,
		Unit: unitOf(family.GetName()), Help: family.GetHelp(), Labels: labelsOf(family),
	}
}

// units are those of the ends of names, the longer before the shorter.
var units = []struct{ suffix, unit string }{
	{"_timestamp_seconds", "seconds since 1970"},
	{"_seconds", "seconds"},
	{"_bytes_per_second", "bytes a second"},
	{"_bytes", "bytes"},
	{"_ratio", "ratio"},
}

func unitOf(name string) string {
	for _, u := range units {
		if strings.HasSuffix(name, u.suffix) {
			return u.unit
		}
	}
	return ""
}

// labelsOf returns the labels of a family.
func labelsOf(family *dto.MetricFamily) []Label {
	var all []Label
	for i, pair := range family.GetMetric()[0].GetLabel() { // those of each series come in the same order
		l := Label{Name: pair.GetName(), Free: free[pair.GetName()]}
		if l.Free == "" {
			l.Values = valuesOf(family, i)
		}
		all = append(all, l)
	}
	return all
}

// valuesOf returns what the series of a family have in their label number i.
func valuesOf(family *dto.MetricFamily, i int) []string {
	var all []string
	for _, m := range family.GetMetric() {
		all = append(all, m.GetLabel()[i].GetValue())
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// free are the labels whose values come from no list of this package.
var free = map[string]string{
	"method":     "GET, POST, or other where nothing is served",
	"route":      "the path as in the API's documentation, or other",
	"place":      "of sources.places in the configuration",
	"vm":         "its name",
	"code":       "the HTTP status",
	"id":         "of the model",
	"trained_at": "RFC 3339, or empty",
	"version":    "of the program",
	"revision":   "of its source",
	"goversion":  "that it was built with",
}

// everyServed returns instruments with a series for each value of each label that comes from a list.
func everyServed() *Metrics {
	m := New(Build{})
	m.HTTPRequests.WithLabelValues("", "", "")
	m.HTTPDuration.WithLabelValues("", "")
	rows := map[string]int{}
	for _, source := range trainingSources {
		rows[source] = 1
	}
	past := time.Unix(1, 0)
	m.Model.Set(ModelReading{Trained: past, Loaded: past, TrainingRows: rows, Test: TestReading{Rows: 1}})
	var readings []Reading
	for _, source := range accuracySources {
		for _, window := range windows {
			readings = append(readings, Reading{Source: source, Window: window})
		}
	}
	m.Accuracy.Set(readings...)
	m.ShowHost(func() (HostReading, bool) { return HostReading{}, true })
	m.ShowVMs(func() []VMReading { return []VMReading{{}} })
	return m
}

// everyStressed returns the instruments of a load of every kind.
func everyStressed() *Stress {
	s := NewStress(Build{})
	workers := map[string]int{}
	for _, name := range stressorNames {
		workers[name] = 1
	}
	s.Show(StressReading{Workers: workers})
	return s
}
