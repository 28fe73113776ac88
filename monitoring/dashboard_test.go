package monitoring

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// dashboard is what the tests read of a dashboard.
type dashboard struct {
	UID           string   `json:"uid"`
	Title         string   `json:"title"`
	Description   string   `json:"description"`
	Tags          []string `json:"tags"`
	SchemaVersion int      `json:"schemaVersion"`
	Links         []link   `json:"links"`
	Templating    struct {
		List []variable `json:"list"`
	} `json:"templating"`
	Panels []panel `json:"panels"`
}

type link struct {
	Type string   `json:"type"`
	Tags []string `json:"tags"`
}

// variable is one of those that stand at the top of a dashboard.
type variable struct {
	Name       string          `json:"name"`
	Label      string          `json:"label"`
	Type       string          `json:"type"`
	Datasource datasource      `json:"datasource"`
	Query      json.RawMessage `json:"query"` // a text, of a query an object
	Definition string          `json:"definition"`
	IncludeAll bool            `json:"includeAll"`
	AllValue   string          `json:"allValue"`
	Current    struct {
		Value any `json:"value"`
	} `json:"current"`
	Options []struct {
		Value string `json:"value"`
	} `json:"options"`
}

type datasource struct {
	Type string `json:"type"`
	UID  string `json:"uid"`
}

type panel struct {
	ID          int        `json:"id"`
	Title       string     `json:"title"`
	Description string     `json:"description"`
	Type        string     `json:"type"`
	GridPos     area       `json:"gridPos"`
	Datasource  datasource `json:"datasource"`
	Targets     []target   `json:"targets"`
	FieldConfig struct {
		Defaults struct {
			Unit       string `json:"unit"`
			Thresholds struct {
				Steps []step `json:"steps"`
			} `json:"thresholds"`
		} `json:"defaults"`
		Overrides []struct {
			Matcher struct {
				ID      string `json:"id"`
				Options string `json:"options"`
			} `json:"matcher"`
		} `json:"overrides"`
	} `json:"fieldConfig"`
}

type area struct {
	X int `json:"x"`
	Y int `json:"y"`
	W int `json:"w"`
	H int `json:"h"`
}

type target struct {
	RefID        string `json:"refId"`
	Expr         string `json:"expr"`
	LegendFormat string `json:"legendFormat"`
	Instant      bool   `json:"instant"`
	Format       string `json:"format"`
}

type step struct {
	Color string   `json:"color"`
	Value *float64 `json:"value"` // null: since ever
}

// dashboards reads all, by the names of their files.
func dashboards(t *testing.T) map[string]dashboard {
	t.Helper()
	all := map[string]dashboard{}
	for _, path := range files(t, "grafana/dashboards/*.json") {
		var d dashboard
		if err := json.Unmarshal(read(t, path), &d); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		all[filepath.Base(path)] = d
	}
	return all
}

// files are those that match, of which there must be some.
func files(t *testing.T, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s: no file (%v)", pattern, err)
	}
	return paths
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// query is an expression, and where it stands.
type query struct {
	where, expr string
}

// queries are those of all panels.
func (d *dashboard) queries() []query {
	var all []query
	for _, p := range d.Panels {
		for _, target := range p.Targets {
			all = append(all, query{fmt.Sprintf("%s, panel %q, %s", d.UID, p.Title, target.RefID), target.Expr})
		}
	}
	return all
}

// ofTime are what Grafana puts in for a span of time, and what these tests do.
var ofTime = map[string]string{"__rate_interval": "15s", "__interval": "5s", "__range": "5m"}

var reference = regexp.MustCompile(`\$(\w+)|\$\{(\w+)(?::\w+)?\}`)

// references are the variables that a text names, in alphabetical order.
func references(text string) []string {
	found := map[string]bool{}
	for _, match := range reference.FindAllStringSubmatch(text, -1) {
		found[match[1]+match[2]] = true
	}
	return slices.Sorted(maps.Keys(found))
}

// substitute puts the values of variables into a text.
func substitute(text string, values map[string]string) string {
	return reference.ReplaceAllStringFunc(text, func(match string) string {
		if value, ok := values[strings.Trim(match, "${}")]; ok {
			return value
		}
		return match
	})
}

// choices are the values that a variable has: of a list each, else the one that
// the dashboard opens with.
func (v *variable) choices() []string {
	if v.Type == "custom" {
		var all []string
		for _, o := range v.Options {
			all = append(all, o.Value)
		}
		return all
	}
	if v.IncludeAll {
		return []string{v.AllValue}
	}
	return []string{fmt.Sprint(v.Current.Value)}
}

// expansions are a query with every choice of the variables that it names.
func (d *dashboard) expansions(expr string) []string {
	all := []string{substitute(expr, ofTime)}
	for i := range d.Templating.List {
		v := &d.Templating.List[i]
		if !slices.Contains(references(expr), v.Name) {
			continue
		}
		var longer []string
		for _, e := range all {
			for _, choice := range v.choices() {
				longer = append(longer, substitute(e, map[string]string{v.Name: choice}))
			}
		}
		all = longer
	}
	return all
}

func TestExpansions(t *testing.T) {
	d := dashboards(t)["overview.json"]
	got := d.expansions(`x{source="$source", window="${window}"}[$__rate_interval]`)
	if len(got) != 8 || got[0] != `x{source="all", window="24h"}[15s]` || got[7] != `x{source="precopy", window="all"}[15s]` {
		t.Errorf("%q", got)
	}
}
