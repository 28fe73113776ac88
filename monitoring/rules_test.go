package monitoring

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// rule is a recording rule, which has Record, or an alerting one, which has Alert.
type rule struct {
	Record      string            `yaml:"record"`
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	For         string            `yaml:"for"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

// ruleFile is a file of rules. Decoding refuses what it does not have.
type ruleFile struct {
	Groups []struct {
		Name  string `yaml:"name"`
		Rules []rule `yaml:"rules"`
	} `yaml:"groups"`
}

// decode reads a YAML file into what must have all its fields.
func decode(t *testing.T, path string, into any) {
	t.Helper()
	decoder := yaml.NewDecoder(strings.NewReader(string(read(t, path))))
	decoder.KnownFields(true)
	if err := decoder.Decode(into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// undemanding reads a YAML file into what need not have all its fields.
func undemanding(t *testing.T, path string, into any) {
	t.Helper()
	if err := yaml.Unmarshal(read(t, path), into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// rules are those of all files, in order.
func rules(t *testing.T) []rule {
	t.Helper()
	var all []rule
	groups := map[string]string{}
	for _, path := range files(t, "prometheus/rules/*.yml") {
		var file ruleFile
		decode(t, path, &file)
		for _, g := range file.Groups {
			if other, taken := groups[g.Name]; taken {
				t.Errorf("%s: a group of %s is called %s as well", path, other, g.Name)
			}
			groups[g.Name] = path
			all = append(all, g.Rules...)
		}
	}
	return all
}

// alerts are the alerting rules.
func alerts(t *testing.T) []rule {
	t.Helper()
	return slices.DeleteFunc(rules(t), func(r rule) bool { return r.Alert == "" })
}

// level:metric:operation, as Prometheus' own advice has it.
var recordName = regexp.MustCompile(`^([a-z_]+):[a-z0-9_]+:[a-z0-9_]+$`)

func (r *rule) faults() []string {
	if r.Alert == "" {
		return r.faultsOfRecord()
	}
	var all faultList
	all.unless(r.Labels["severity"] == "page" || r.Labels["severity"] == "ticket", "severity %q is neither page nor ticket", r.Labels["severity"])
	all.unless(len(r.Annotations) == 3 && r.Annotations["summary"] != "", "annotations are summary, description and runbook, not %v", r.Annotations)
	description := r.Annotations["description"]
	all.unless(isSentence(description), "the description is no sentence")
	// What is 0 or absent has no value worth telling.
	constant := strings.Contains(r.Expr, "== 0") || strings.Contains(r.Expr, "absent(") || strings.Contains(r.Expr, "max_over_time(up")
	all.unless(constant || strings.Contains(description, "$value | humanize"), "the description does not tell the value, humanized")
	all.unless(r.Annotations["runbook"] == "monitoring/RUNBOOK.md#"+strings.ToLower(r.Alert), "the runbook is %q", r.Annotations["runbook"])
	return all
}

func (r *rule) faultsOfRecord() []string {
	var all faultList
	name := recordName.FindStringSubmatch(r.Record)
	if name == nil {
		return []string{"the name is not level:metric:operation"}
	}
	by := "by (" + strings.ReplaceAll(name[1], "_", ", ") + ")"
	all.unless(strings.Contains(r.Expr, by), "the level says %q, the expression does not", by)
	all.unless(len(r.Labels)+len(r.Annotations) == 0 && r.For == "", "a recording rule has a name and an expression, no more")
	return all
}

func TestRules(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range rules(t) {
		for _, fault := range r.faults() {
			t.Errorf("%s%s: %s", r.Record, r.Alert, fault)
		}
		if seen[r.Record+r.Alert] {
			t.Errorf("%s%s: there are two", r.Record, r.Alert)
		}
		seen[r.Record+r.Alert] = true
	}
}

func TestRuleFaults(t *testing.T) {
	good := map[string]string{"summary": "s", "description": "{{ $value | humanize }} is much.", "runbook": "monitoring/RUNBOOK.md#much"}
	without := func(key, text string) map[string]string {
		spoilt := map[string]string{"summary": good["summary"], "description": good["description"], "runbook": good["runbook"]}
		spoilt[key] = text
		return spoilt
	}
	page := map[string]string{"severity": "page"}
	for _, c := range []struct {
		rule rule
		want string // "" if there is no fault
	}{
		{rule{Alert: "Much", Expr: "x > 1", Labels: page, Annotations: good}, ""},
		{rule{Alert: "Much", Expr: "x > 1", Annotations: good}, "severity"},
		{rule{Alert: "More", Expr: "x > 1", Labels: page, Annotations: good}, "the runbook is"},
		{rule{Alert: "Much", Expr: "x > 1", Labels: page, Annotations: without("summary", "")}, "annotations are"},
		{rule{Alert: "Much", Expr: "x > 1", Labels: page, Annotations: without("more", "x")}, "annotations are"},
		{rule{Alert: "Much", Expr: "x > 1", Labels: page, Annotations: without("description", "Much.")}, "does not tell the value"},
		{rule{Alert: "Much", Expr: "x == 0", Labels: page, Annotations: without("description", "Nothing.")}, ""},
		{rule{Alert: "Much", Expr: "x > 1", Labels: page, Annotations: without("description", "{{ $value | humanize }}")}, "no sentence"},
		{rule{Record: "job_code:x:rate5m", Expr: "sum by (job, code) (rate(x[5m]))"}, ""},
		{rule{Record: "job:x:rate5m", Expr: "sum by (job, code) (rate(x[5m]))"}, "the level says"},
		{rule{Record: "x_rate", Expr: "sum by (job) (rate(x[5m]))"}, "level:metric:operation"},
		{rule{Record: "job:x:rate5m", Expr: "sum by (job) (rate(x[5m]))", For: "1m"}, "no more"},
	} {
		got := strings.Join(c.rule.faults(), "; ")
		if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%+v: faults %q, want %q", c.rule, got, c.want)
		}
	}
}
