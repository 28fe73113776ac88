package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vmmp/pkg/migration"
)

// node is a part of the OpenAPI document.
type node map[string]any

// document is the OpenAPI document as a client reads it.
func document(t testing.TB, h http.Handler) node {
	t.Helper()
	return read[node](t, do(h, "GET", "/openapi.json", ""), http.StatusOK)
}

// at follows keys into the document, and is nil where one is missing.
func (n node) at(keys ...string) node {
	for _, key := range keys {
		child, _ := n[key].(map[string]any)
		n = child
	}
	return n
}

func TestDocument(t *testing.T) {
	d := document(t, newServer(t))
	if d["openapi"] != "3.1.0" || d.at("info")["title"] != "vmmp" || d.at("info")["version"] != "test" {
		t.Errorf("openapi %v, info %v", d["openapi"], d["info"])
	}
	ids := map[any]bool{}
	for path, item := range d.at("paths") {
		for method, op := range node(item.(map[string]any)) {
			operation := node(op.(map[string]any))
			if id := operation["operationId"]; id == nil || ids[id] || operation["summary"] == nil || operation["tags"] == nil {
				t.Errorf("%s %s: id %v, summary %v, tags %v", method, path, id, operation["summary"], operation["tags"])
			} else {
				ids[id] = true
			}
		}
	}
}

// The document and GET / list the same routes, and each of them is answered.
func TestDocumentListsEveryRoute(t *testing.T) {
	s := looked(t, newServer(t, keeping(faulty{}), watching))
	var documented, listed []string
	for path, item := range document(t, s).at("paths") {
		for method := range node(item.(map[string]any)) {
			documented = append(documented, strings.ToUpper(method)+" "+path)
		}
	}
	for _, e := range listedEndpoints(t, s) {
		listed = append(listed, e.Method+" "+e.Path)
		if w := do(s, e.Method, e.Path, ""); w.Code == http.StatusNotFound || w.Code == http.StatusMethodNotAllowed || w.Code >= 500 {
			t.Errorf("%s %s: answered %d", e.Method, e.Path, w.Code)
		}
		if e.Summary == "" {
			t.Errorf("%s %s: no summary", e.Method, e.Path)
		}
	}
	slices.Sort(documented)
	slices.Sort(listed)
	if diff := cmp.Diff(documented, listed); diff != "" {
		t.Errorf("document and GET / differ (-document +list): %s", diff)
	}
}

// Every row of the feature table is in the document with all that it says.
func TestDocumentDescribesEveryFeature(t *testing.T) {
	schemas := document(t, newServer(t)).at("components", "schemas")
	var names, required []any
	for _, d := range migration.Definitions {
		names = append(names, d.Name)
		if d.Required {
			required = append(required, d.Name)
		}
		for _, schema := range []string{schemaFeatures, schemaRecord, schemaListed} {
			checkFeature(t, schemas.at(schema, "properties", d.Name), d)
		}
	}
	features := schemas.at(schemaFeatures)
	if n := len(features.at("properties")); n != len(names) {
		t.Errorf("%d features in the document, not %d", n, len(names))
	}
	if diff := cmp.Diff(features["required"], any(required)); diff != "" {
		t.Errorf("required: %s", diff)
	}
}

// checkFeature holds one schema against its row of the table.
func checkFeature(t *testing.T, s node, d migration.Definition) {
	t.Helper()
	text, _ := s["description"].(string)
	for _, part := range []string{d.Doc[1:], d.Unit, d.Measure} {
		if !strings.Contains(text, part) {
			t.Errorf("%s: %q says nothing of %q", d.Name, text, part)
		}
	}
	kind := map[migration.Kind]string{migration.Number: "number", migration.Integer: "integer", migration.Bool: "boolean", migration.Points: "array",
		migration.Choice: "string", migration.Version: "string"}[d.Kind]
	if types := typesOf(s); !slices.Contains(types, kind) || slices.Contains(types, "null") == d.Required {
		t.Errorf("%s: types %v", d.Name, types)
	}
	if d.Kind == migration.Number || d.Kind == migration.Integer {
		least := d.Min
		if d.ZeroNone {
			least = 0
		}
		if s["minimum"] != least || s["maximum"] != d.Max {
			t.Errorf("%s: %v to %v, not %v to %v", d.Name, s["minimum"], s["maximum"], least, d.Max)
		}
	}
	values, _ := s["enum"].([]any)
	if len(values) != len(d.Choices) {
		t.Errorf("%s is one of %v, not of %v", d.Name, values, d.Choices)
	}
	for i, choice := range d.Choices {
		if values[i] != choice {
			t.Errorf("%s is one of %v, not of %v", d.Name, values, d.Choices)
		}
	}
	if pattern, _ := s["pattern"].(string); (pattern != "") != (d.Kind == migration.Version) {
		t.Errorf("%s has the pattern %q", d.Name, pattern)
	}
}

func TestDocumentDescribesOutcomes(t *testing.T) {
	schemas := document(t, newServer(t)).at("components", "schemas")
	for _, schema := range []string{schemaRecord, schemaListed} {
		properties := schemas.at(schema, "properties")
		for _, name := range append(slices.Clone(migration.OutcomeColumns), "prediction_id") {
			if text, _ := properties.at(name)["description"].(string); text == "" {
				t.Errorf("%s: no word of %s", schema, name)
			}
		}
		for name, want := range map[string]int{"status": len(migration.Statuses), "source": len(migration.Sources)} {
			if values, _ := properties.at(name)["enum"].([]any); len(values) != want {
				t.Errorf("%s: %s is one of %v", schema, name, values)
			}
		}
	}
	if required := schemas.at(schemaRecord)["required"]; required != nil {
		t.Errorf("a record requires %v", required)
	}
}

// Whoever copies an example from the document is answered.
func TestExamplesAreAnswered(t *testing.T) {
	s := looked(t, newServer(t, remembering(t), watching))
	sent := 0
	for path, item := range document(t, s).at("paths") {
		for media, content := range node(item.(map[string]any)).at("post", "requestBody", "content") {
			c := node(content.(map[string]any))
			examples := map[string]any{}
			if c["example"] != nil {
				examples["example"] = c["example"]
			}
			for name, example := range c.at("examples") {
				examples[name] = node(example.(map[string]any))["value"]
			}
			for name, value := range examples {
				body, err := json.Marshal(value)
				if err != nil {
					t.Fatal(err)
				}
				w := do(s, "POST", path, string(body), "Content-Type", media)
				sent++
				if shortened := strings.Contains(string(body), "…"); shortened {
					wantProblem(t, w, http.StatusUnprocessableEntity, "body.prediction_id")
				} else if w.Code != http.StatusOK && w.Code != http.StatusCreated || strings.Contains(w.Body.String(), `"errors"`) || strings.Contains(w.Body.String(), "unknown field") {
					t.Errorf("%s %s: %d %s", path, name, w.Code, w.Body)
				}
			}
		}
	}
	if sent < 7 {
		t.Errorf("only %d examples", sent)
	}
}

// Every answer has the form that the document promises, and none speaks of schemas.
func TestAnswersKeepTheirSchema(t *testing.T) {
	s := newServer(t, remembering(t))
	d := document(t, s)
	row := `{"cpu_load": 50, "downtime_ms": 120, "at": "2026-01-31T12:00:00Z", "dirty_curve": [{"seconds": 1, "mib": 5}]}`
	for _, e := range []exchange{
		{method: "GET", target: "/"}, {method: "GET", target: "/health"}, {method: "GET", target: "/ready"}, {method: "GET", target: "/openapi.json"},
		{method: "POST", target: "/predict", body: fourFeatures}, {method: "POST", target: "/predict", body: "{}"}, {method: "POST", target: "/predict?explain=maybe", body: fourFeatures},
		{method: "POST", target: "/predict?explain=true&max_downtime_ms=300", body: `{"cpu_load": 50, "memory_usage": 60, "auto_converge": true, "dirty_curve": [{"seconds": 1, "mib": 5}]}`},
		{method: "POST", target: "/predict", body: fourFeatures, header: []string{"Content-Type", "text/plain"}}, {method: "POST", target: "/predict", body: strings.Repeat(" ", 2<<20)},
		{method: "POST", target: "/predict/batch", body: "[" + fourFeatures + ", 7]"}, {method: "POST", target: "/predict/batch", body: "{}"}, {method: "POST", target: "/predict/batch", body: "[]"},
		{method: "GET", target: "/simulate?count=20&seed=1"}, {method: "GET", target: "/simulate?count=0"},
		{method: "GET", target: "/accuracy"}, {method: "POST", target: "/migrations", body: "[" + row + `, {"cpu_load": 1, "status": "failed"}]`}, {method: "POST", target: "/migrations", body: "[7]"},
		{method: "GET", target: "/migrations"}, {method: "GET", target: "/migrations?limit=0"}, {method: "GET", target: "/accuracy"},
		{method: "GET", target: "/model"}, {method: "POST", target: "/model/reload"},
	} {
		w := do(s, e.method, e.target, e.body, e.header...)
		path, _, _ := strings.Cut(e.target, "?")
		name := fmt.Sprintf("%s %s: %d", e.method, e.target, w.Code)
		responses := d.at("paths", path, strings.ToLower(e.method), "responses")
		response := responses.at(fmt.Sprint(w.Code))
		if response == nil {
			response = responses.at("default")
		}
		schema := response.at("content", w.Header().Get("Content-Type"), "schema")
		if schema == nil {
			t.Errorf("%s as %s is not documented", name, w.Header().Get("Content-Type"))
			continue
		}
		var v any
		if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, fault := range d.check(schema, v, "") {
			t.Errorf("%s%s", name, fault)
		}
		if path != "/openapi.json" && strings.Contains(w.Body.String(), `"$schema"`) {
			t.Errorf("%s speaks of a schema: %s", name, w.Body)
		}
	}
	down := newServer(t, keeping(faulty{ping: http.ErrHandlerTimeout}))
	var v any = read[map[string]any](t, do(down, "GET", "/ready", ""), http.StatusServiceUnavailable)
	for _, fault := range d.check(d.at("paths", "/ready", "get", "responses", "503", "content", mediaJSON, "schema"), v, "") {
		t.Errorf("not ready%s", fault)
	}
}
