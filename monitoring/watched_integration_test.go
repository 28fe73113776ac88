//go:build integration

package monitoring

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"testing"
	"time"
)

// A real Prometheus watches a real vmmp: what dashboards ask is answered, and a fault
// is told of and taken back.
func TestWatched(t *testing.T) {
	s := newStation(t)
	stop := s.drive(t)
	s.reload(t, http.StatusOK)
	t.Run("targets", s.everyTargetIsUp)
	t.Run("rules", s.everyRuleIsHealthy)
	t.Run("panels", s.everyPanelShowsData)
	t.Run("variables", s.everyVariableHasValues)
	stop()
	t.Run("refused model", s.refusedModelIsTold)
	t.Run("server down", s.deathIsToldAndTakenBack)
}

func (s *station) everyTargetIsUp(t *testing.T) {
	for _, j := range prometheusConfig(t).ScrapeConfigs {
		eventually(t, j.JobName+" is up", func() error {
			return s.shows(fmt.Sprintf("up{job=%q} == 1", j.JobName), true)
		})
	}
}

func (s *station) everyRuleIsHealthy(t *testing.T) {
	want := len(rules(t))
	eventually(t, "every rule was evaluated without a fault", func() error {
		var data struct {
			Groups []struct {
				Rules []struct{ Name, Health, LastError string }
			}
		}
		if err := s.ask("/api/v1/rules", nil, &data); err != nil {
			return err
		}
		healthy := 0
		for _, g := range data.Groups {
			for _, r := range g.Rules {
				if r.Health != "ok" {
					return fmt.Errorf("%s is %s: %s", r.Name, r.Health, r.LastError)
				}
				healthy++
			}
		}
		if healthy != want {
			return fmt.Errorf("%d rules, want %d", healthy, want)
		}
		return nil
	})
}

// shown is a query of a panel with values for its variables.
type shown struct {
	where, expr string
	instant     bool
	err         error // of the last try
}

func everyQuery(t *testing.T) []shown {
	t.Helper()
	var all []shown
	for _, d := range dashboards(t) {
		for _, p := range d.Panels {
			for _, q := range p.Targets {
				for _, expr := range d.expansions(q.Expr) {
					all = append(all, shown{where: d.UID + ", " + p.Title + ", " + q.RefID, expr: expr, instant: q.Instant})
				}
			}
		}
	}
	return all
}

func (s *station) everyPanelShowsData(t *testing.T) {
	pending := everyQuery(t)
	t.Logf("%d queries", len(pending))
	for deadline := time.Now().Add(patience); len(pending) > 0 && time.Now().Before(deadline); time.Sleep(time.Second) {
		for i := range pending {
			pending[i].err = s.shows(pending[i].expr, pending[i].instant)
		}
		pending = slices.DeleteFunc(pending, func(q shown) bool { return q.err == nil })
	}
	for _, q := range pending {
		t.Errorf("%s: %v: %s", q.where, q.err, q.expr)
	}
}

// labelValuesOf is the one form of query that variables have.
var labelValuesOf = regexp.MustCompile(`^label_values\((\w+), (\w+)\)$`)

func (s *station) everyVariableHasValues(t *testing.T) {
	for _, d := range dashboards(t) {
		for _, v := range d.Templating.List {
			if v.Type != "query" {
				continue
			}
			form := labelValuesOf.FindStringSubmatch(v.Definition)
			if form == nil {
				t.Errorf("%s: variable %s asks %q, not label_values(METRIC, LABEL)", d.UID, v.Name, v.Definition)
				continue
			}
			var values []string
			if err := s.ask("/api/v1/label/"+form[2]+"/values", url.Values{"match[]": {form[1]}}, &values); err != nil {
				t.Fatal(err)
			}
			if first := v.choices()[0]; len(values) == 0 || !v.IncludeAll && !slices.Contains(values, first) {
				t.Errorf("%s: variable %s has the values %q and opens with %q", d.UID, v.Name, values, first)
			}
		}
	}
}

// awaitAlerts waits until each of these fires, or none of them does.
func (s *station) awaitAlerts(t *testing.T, fire bool, names ...string) {
	t.Helper()
	eventually(t, fmt.Sprintf("%q fire: %v", names, fire), func() error {
		firing, err := s.firing()
		if err != nil {
			return err
		}
		for _, name := range names {
			if firing[name] != fire {
				return fmt.Errorf("%s fires: %v", name, firing[name])
			}
		}
		return nil
	})
}

func (s *station) refusedModelIsTold(t *testing.T) {
	s.awaitAlerts(t, false, "VmmpModelRefused")
	s.writeModel(t, []byte("no model"))
	s.reload(t, http.StatusUnprocessableEntity)
	s.awaitAlerts(t, true, "VmmpModelRefused")
	s.embeddedModel(t)
}

func (s *station) deathIsToldAndTakenBack(t *testing.T) {
	s.awaitAlerts(t, false, "TargetDown", "VmmpDown")
	s.vmmp.end()
	s.awaitAlerts(t, true, "TargetDown", "VmmpDown")
	s.serve(t)
	s.awaitAlerts(t, false, "TargetDown", "VmmpDown")
}
