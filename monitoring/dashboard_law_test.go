package monitoring

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// faults says what is wrong with a dashboard, which lies in the file.
func (d *dashboard) faults(file string) []string {
	var all faultList
	all.unless(d.UID == "vmmp-"+strings.TrimSuffix(file, ".json"), "uid %q is not vmmp- and the file's name", d.UID)
	all.unless(d.Title != "" && isSentence(d.Description), "a title and a description in sentences are wanted")
	all.unless(slices.Contains(d.Tags, "vmmp"), "the tag vmmp is missing, which the links go by")
	all.unless(d.SchemaVersion >= 39, "schemaVersion %d is older than Grafana 10.4", d.SchemaVersion)
	all.unless(slices.ContainsFunc(d.Links, func(l link) bool { return l.Type == "dashboards" && slices.Contains(l.Tags, "vmmp") }),
		"links to the other dashboards are missing")
	all = append(all, d.faultsOfVariables()...)
	for i := range d.Panels {
		for _, fault := range d.Panels[i].faults() {
			all = append(all, fmt.Sprintf("panel %q: %s", d.Panels[i].Title, fault))
		}
	}
	return append(all, d.faultsBetweenPanels()...)
}

// faultList gathers what is wrong.
type faultList []string

func (f *faultList) unless(good bool, format string, values ...any) {
	if !good {
		*f = append(*f, fmt.Sprintf(format, values...))
	}
}

// chosen is how queries name the data source: as the variable at the top.
var chosen = datasource{Type: "prometheus", UID: "${datasource}"}

func (d *dashboard) faultsOfVariables() []string {
	var all faultList
	list := d.Templating.List
	all.unless(len(list) > 0 && list[0].Name == "datasource" && list[0].Type == "datasource" && string(list[0].Query) == `"prometheus"`,
		"the first variable is not the data source, a Prometheus")
	declared := []string{"__rate_interval", "__interval", "__range"}
	var used []string
	for _, q := range d.queries() {
		used = append(used, references(q.expr)...)
	}
	for i, v := range list {
		declared = append(declared, v.Name)
		all.unless(v.Label != "", "variable %s: no label", v.Name)
		all.unless(len(v.choices()) > 0 && v.choices()[0] != "<nil>", "variable %s: no value to begin with", v.Name)
		all.unless(v.Type != "query" || v.Datasource == chosen, "variable %s: asks %v, not the chosen data source", v.Name, v.Datasource)
		all.unless(i == 0 || slices.Contains(used, v.Name), "variable %s: no query uses it", v.Name)
	}
	for _, name := range used {
		all.unless(slices.Contains(declared, name), "a query names $%s, which is no variable", name)
	}
	return all
}

// kinds are the panels that are in use. Another one is added here once a test has seen
// that it shows what it should.
var kinds = []string{"stat", "timeseries", "heatmap", "bargauge"}

// units are Grafana's words for them. One that it does not know it would write behind
// each number.
var units = []string{"none", "short", "s", "percentunit", "bytes", "Bps", "ops", "reqps"}

func (p *panel) faults() []string {
	var all faultList
	all.unless(slices.Contains(kinds, p.Type), "type %q is none of %v", p.Type, kinds)
	all.unless(p.Title != "" && isSentence(p.Description), "a title and a description in sentences are wanted")
	all.unless(slices.Contains(units, p.FieldConfig.Defaults.Unit), "unit %q is none of %v", p.FieldConfig.Defaults.Unit, units)
	all.unless(p.Datasource == chosen, "asks %v, not the chosen data source", p.Datasource)
	all.unless(len(p.Targets) > 0, "no query")
	var ids, legends []string
	for _, q := range p.Targets {
		all.unless(q.Expr != "" && q.LegendFormat != "", "query %s: an expression and a legend are wanted", q.RefID)
		all.unless((p.Type == "heatmap") == (q.Format == "heatmap"), "query %s: format %q in a %s", q.RefID, q.Format, p.Type)
		all.unless(q.Instant == (p.Type == "stat" || p.Type == "bargauge"), "query %s: a %s asks for one moment, and only it", q.RefID, "stat or bargauge")
		all.unless(!slices.Contains(ids, q.RefID), "two queries are called %s", q.RefID)
		ids, legends = append(ids, q.RefID), append(legends, q.LegendFormat)
	}
	for _, o := range p.FieldConfig.Overrides {
		all.unless(o.Matcher.ID == "byName" && slices.Contains(legends, o.Matcher.Options), "an override is for %q, which no query is called", o.Matcher.Options)
	}
	all.unless(ascending(p.FieldConfig.Defaults.Thresholds.Steps), "thresholds must begin with null and ascend")
	return all
}

// ascending says whether thresholds are in order.
func ascending(steps []step) bool {
	if len(steps) == 0 || steps[0].Value != nil {
		return false
	}
	for i, s := range steps[1:] {
		if s.Value == nil || i > 0 && *s.Value <= *steps[i].Value {
			return false
		}
	}
	return true
}

func (d *dashboard) faultsBetweenPanels() []string {
	var all faultList
	for i, p := range d.Panels {
		g := p.GridPos
		all.unless(p.ID > 0 && g.X >= 0 && g.Y >= 0 && g.W > 0 && g.H > 0 && g.X+g.W <= 24, "panel %q: id %d, place %v", p.Title, p.ID, g)
		for _, other := range d.Panels[:i] {
			all.unless(p.ID != other.ID, "panels %q and %q have one id", other.Title, p.Title)
			all.unless(p.Title != other.Title, "two panels are called %q", p.Title)
			all.unless(!g.overlaps(other.GridPos), "panels %q and %q lie on each other", other.Title, p.Title)
		}
	}
	return all
}

func (a area) overlaps(b area) bool {
	return a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H
}

func isSentence(text string) bool { return strings.HasSuffix(text, ".") }

func TestDashboards(t *testing.T) {
	all := dashboards(t)
	for _, file := range []string{"overview.json", "accuracy.json", "api.json", "host.json"} {
		if _, ok := all[file]; !ok {
			t.Errorf("%s is missing", file)
		}
	}
	for file, d := range all {
		for _, fault := range d.faults(file) {
			t.Errorf("%s: %s", file, fault)
		}
	}
}

// A diff shows what has changed if nothing else has.
func TestDashboardsAreTidy(t *testing.T) {
	for _, path := range files(t, "grafana/dashboards/*.json") {
		text := read(t, path)
		var tidy bytes.Buffer
		if err := json.Indent(&tidy, bytes.TrimSpace(text), "", "  "); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		tidy.WriteByte('\n')
		if !bytes.Equal(text, tidy.Bytes()) {
			t.Errorf("%s is not indented by two spaces: python3 -m json.tool --indent 2 --no-ensure-ascii %s", path, filepath.Base(path))
		}
	}
}

func TestDashboardFaults(t *testing.T) {
	number := func(v float64) *float64 { return &v }
	for want, spoil := range map[string]func(*dashboard){
		"is not vmmp- and the file's name":   func(d *dashboard) { d.UID = "vmmp-other" },
		"a description in sentences":         func(d *dashboard) { d.Panels[0].Description = "Downtimes" },
		"the tag vmmp is missing":            func(d *dashboard) { d.Tags = nil },
		"older than Grafana 10.4":            func(d *dashboard) { d.SchemaVersion = 30 },
		"links to the other dashboards":      func(d *dashboard) { d.Links = nil },
		"the first variable is not the data": func(d *dashboard) { d.Templating.List[0].Name = "ds" },
		"no label":                           func(d *dashboard) { d.Templating.List[1].Label = "" },
		"no value to begin with":             func(d *dashboard) { d.Templating.List[1].Options = nil },
		"no query uses it": func(d *dashboard) {
			d.Templating.List = append(d.Templating.List, variable{Name: "idle", Label: "Idle", Type: "custom", Options: d.Templating.List[1].Options})
		},
		"names $nobody":           func(d *dashboard) { d.Panels[0].Targets[0].Expr += " > $nobody" },
		`type "graph" is none of`: func(d *dashboard) { d.Panels[0].Type = "graph" },
		`unit "" is none of`:      func(d *dashboard) { d.Panels[0].FieldConfig.Defaults.Unit = "" },
		`unit "seconds" is none`:  func(d *dashboard) { d.Panels[0].FieldConfig.Defaults.Unit = "seconds" },
		"not the chosen":          func(d *dashboard) { d.Panels[0].Datasource.UID = "prometheus" },
		"no query":                func(d *dashboard) { d.Panels[0].Targets = nil },
		"a legend are wanted":     func(d *dashboard) { d.Panels[0].Targets[0].LegendFormat = "" },
		"two queries are called":  func(d *dashboard) { d.Panels[0].Targets = append(d.Panels[0].Targets, d.Panels[0].Targets[0]) },
		"asks for one moment":     func(d *dashboard) { d.Panels[0].Targets[0].Instant = false },
		"which no query is called": func(d *dashboard) {
			p := &d.Panels[slices.IndexFunc(d.Panels, func(p panel) bool { return len(p.FieldConfig.Overrides) > 0 })]
			p.FieldConfig.Overrides[0].Matcher.Options = "nobody"
		},
		"must begin with null":           func(d *dashboard) { d.Panels[0].FieldConfig.Defaults.Thresholds.Steps = []step{{Value: number(1)}} },
		"have one id":                    func(d *dashboard) { d.Panels[1].ID = d.Panels[0].ID },
		"two panels are called":          func(d *dashboard) { d.Panels[1].Title = d.Panels[0].Title },
		"lie on each other":              func(d *dashboard) { d.Panels[1].GridPos = d.Panels[0].GridPos },
		`id 0`:                           func(d *dashboard) { d.Panels[0].ID = 0 },
		`format "" in a heatmap`:         func(d *dashboard) { d.Panels[d.first("heatmap")].Targets[0].Format = "" },
		`format "heatmap" in a timeseri`: func(d *dashboard) { d.Panels[d.first("timeseries")].Targets[0].Format = "heatmap" },
	} {
		d := dashboards(t)["overview.json"]
		spoil(&d)
		faults := d.faults("overview.json")
		if !slices.ContainsFunc(faults, func(f string) bool { return strings.Contains(f, want) }) {
			t.Errorf("faults %q, want one that says %q", faults, want)
		}
	}
}

// first is the index of the first panel of that type.
func (d *dashboard) first(kind string) int {
	return slices.IndexFunc(d.Panels, func(p panel) bool { return p.Type == kind })
}

func TestAscending(t *testing.T) {
	one, two := 1.0, 2.0
	for want, lists := range map[bool][][]step{
		true:  {{{}}, {{}, {Value: &one}}, {{}, {Value: &one}, {Value: &two}}},
		false: {nil, {{Value: &one}}, {{}, {}}, {{}, {Value: &two}, {Value: &one}}, {{}, {Value: &one}, {Value: &one}}},
	} {
		for _, steps := range lists {
			if ascending(steps) != want {
				t.Errorf("%v: want %v", steps, want)
			}
		}
	}
}
