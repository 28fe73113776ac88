package monitoring

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"vmmp/pkg/metrics"
)

var (
	quoted     = regexp.MustCompile(`"[^"]*"`)
	identifier = regexp.MustCompile(`[a-zA-Z_:][a-zA-Z0-9_:]*`)
)

// named are the metrics of ours that an expression asks for, exported or recorded.
func named(expr string) []string {
	var names []string
	for _, word := range identifier.FindAllString(quoted.ReplaceAllString(expr, ""), -1) {
		if strings.HasPrefix(word, "vmmp_") || strings.Contains(strings.Trim(word, ":"), ":") {
			names = append(names, word)
		}
	}
	return names
}

// asked is everything that asks Prometheus for something: panels, variables, rules
// and their cases.
func asked(t *testing.T) []query {
	t.Helper()
	var all []query
	for _, d := range dashboards(t) {
		all = append(all, d.queries()...)
		for _, v := range d.Templating.List {
			all = append(all, query{d.UID + ", variable " + v.Name, v.Definition})
		}
	}
	for _, r := range rules(t) {
		all = append(all, query{"rule " + r.Record + r.Alert, r.Expr})
	}
	return all
}

func TestEveryNameIsExportedOrRecorded(t *testing.T) {
	known := metrics.Series()
	for _, r := range rules(t) {
		known = append(known, r.Record)
	}
	everything := asked(t)
	for path, f := range caseFiles(t) {
		for _, c := range f.Tests {
			for _, s := range c.InputSeries {
				everything = append(everything, query{path + ", " + c.Name, s.Series})
			}
		}
	}
	for _, q := range everything {
		for _, name := range named(q.expr) {
			if !slices.Contains(known, name) {
				t.Errorf("%s: vmmp exports no %s, and no rule records it", q.where, name)
			}
		}
	}
}

// A recording rule that nothing asks for costs and tells nothing.
func TestEveryRecordIsAskedFor(t *testing.T) {
	wanted := map[string]bool{}
	for _, q := range asked(t) {
		for _, name := range named(q.expr) {
			wanted[name] = true
		}
	}
	for _, r := range rules(t) {
		if r.Record != "" && !wanted[r.Record] {
			t.Errorf("no panel and no rule asks for %s", r.Record)
		}
	}
}

// What nobody looks at need not be exported.
func TestEveryMetricIsShown(t *testing.T) {
	shown := map[string]bool{}
	for _, q := range asked(t) {
		for _, name := range named(q.expr) {
			shown[metricOf(name)] = true
		}
	}
	for _, name := range metrics.Names() {
		if !shown[name] {
			t.Errorf("no panel and no rule asks for %s", name)
		}
	}
}

// described are all metrics, which are gathered from what shows them.
var described = sync.OnceValue(metrics.Descriptions)

// metricOf is the metric that a series belongs to.
func metricOf(series string) string {
	for _, d := range described() {
		for _, part := range []string{"_bucket", "_sum", "_count"} {
			if d.Type == metrics.TypeHistogram && series == d.Name+part {
				return d.Name
			}
		}
	}
	return series
}

var (
	selector = regexp.MustCompile(`(vmmp_[a-z0-9_]+)\{([^}]*)\}`)
	matcher  = regexp.MustCompile(`(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"`)
)

// mistaken are the labels in an expression that a metric does not have, and the
// values that its label never has: what they ask for is always empty.
func mistaken(expr string) []string {
	var all faultList
	for _, s := range selector.FindAllStringSubmatch(expr, -1) {
		for _, m := range matcher.FindAllStringSubmatch(s[2], -1) {
			values, ok := labelValues(s[1], m[1])
			all.unless(ok, "%s has no label %s", s[1], m[1])
			exact := (m[2] == "=" || m[2] == "!=") && !strings.Contains(m[3], "$")
			all.unless(!exact || len(values) == 0 || slices.Contains(values, m[3]), "%s: the label %s is never %q", s[1], m[1], m[3])
		}
	}
	return all
}

// labelValues are the values that a label of a series can have, none where there is
// no list of them, and whether it has the label.
func labelValues(series, label string) ([]string, bool) {
	if label == "job" || label == "instance" || label == "le" && strings.HasSuffix(series, "_bucket") {
		return nil, true
	}
	for _, d := range described() {
		for _, l := range d.Labels {
			if d.Name == metricOf(series) && l.Name == label {
				return l.Values, true
			}
		}
	}
	return nil, false
}

func TestLabels(t *testing.T) {
	for _, q := range asked(t) {
		for _, mistake := range mistaken(q.expr) {
			t.Errorf("%s: %s", q.where, mistake)
		}
	}
}

func TestMistaken(t *testing.T) {
	for expr, want := range map[string]string{
		`sum(vmmp_predictions_total{endpoint!="simulate", job="x"})`:    "",
		`sum(vmmp_predictions_total{endpoint=~"$some"})`:                "",
		`vmmp_http_request_duration_seconds_bucket{le="0.05"}`:          "",
		`sum(vmmp_predictions_total{endpiont="simulate"})`:              "no label endpiont",
		`sum(vmmp_predictions_total{endpoint="simulation"})`:            `never "simulation"`,
		`vmmp_http_request_duration_seconds_count{le="0.05"} / vmmp_up`: "no label le",
	} {
		if got := strings.Join(mistaken(expr), "; "); (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", expr, got, want)
		}
	}
}

func TestNamed(t *testing.T) {
	got := named(`sum by (job) (rate(vmmp_x_total{code=~"5..", why="vmmp_y"}[5m])) / job_a:vmmp_x:rate5m{b="c:d:e"} > up`)
	if !slices.Equal(got, []string{"vmmp_x_total", "job_a:vmmp_x:rate5m"}) {
		t.Errorf("%q", got)
	}
}
