package monitoring

import (
	"slices"
	"testing"
)

// caseFile is what the tests read of a file for `promtool test rules`.
type caseFile struct {
	RuleFiles          []string `yaml:"rule_files"`
	EvaluationInterval string   `yaml:"evaluation_interval"`
	GroupEvalOrder     []string `yaml:"group_eval_order"`
	Tests              []struct {
		Name        string `yaml:"name"`
		Interval    string `yaml:"interval"`
		InputSeries []struct {
			Series string `yaml:"series"`
			Values string `yaml:"values"`
		} `yaml:"input_series"`
		AlertRuleTest []alertCase `yaml:"alert_rule_test"`
		PromqlExpr    []exprCase  `yaml:"promql_expr_test"`
	} `yaml:"tests"`
}

type alertCase struct {
	EvalTime  string `yaml:"eval_time"`
	Alertname string `yaml:"alertname"`
	ExpAlerts []any  `yaml:"exp_alerts"` // none: it is not to fire
}

type exprCase struct {
	Expr       string `yaml:"expr"`
	EvalTime   string `yaml:"eval_time"`
	ExpSamples []any  `yaml:"exp_samples"`
}

func caseFiles(t *testing.T) map[string]caseFile {
	t.Helper()
	all := map[string]caseFile{}
	for _, path := range files(t, "prometheus/tests/*.yml") {
		var f caseFile
		decode(t, path, &f)
		all[path] = f
	}
	return all
}

// Each alert has been seen to fire and seen not to. That the cases hold is for
// promtool to say.
func TestEveryAlertHasCases(t *testing.T) {
	fires, quiet := map[string]bool{}, map[string]bool{}
	for path, f := range caseFiles(t) {
		for _, c := range f.Tests {
			if c.Name == "" || len(c.InputSeries) == 0 {
				t.Errorf("%s: a case without a name or without series", path)
			}
			for _, a := range c.AlertRuleTest {
				if len(a.ExpAlerts) > 0 {
					fires[a.Alertname] = true
				} else {
					quiet[a.Alertname] = true
				}
			}
		}
	}
	var names []string
	for _, a := range alerts(t) {
		names = append(names, a.Alert)
		if !fires[a.Alert] || !quiet[a.Alert] {
			t.Errorf("%s: prometheus/tests has a case in which it fires: %v, in which it does not: %v", a.Alert, fires[a.Alert], quiet[a.Alert])
		}
	}
	for _, cases := range []map[string]bool{fires, quiet} {
		for name := range cases {
			if !slices.Contains(names, name) {
				t.Errorf("prometheus/tests has a case of %s, which is no alert: it tests nothing", name)
			}
		}
	}
}
