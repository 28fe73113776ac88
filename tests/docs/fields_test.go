package docs

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vmmp/pkg/accuracy"
	"vmmp/pkg/evaluate"
	"vmmp/pkg/model"
	"vmmp/pkg/prediction"
	"vmmp/pkg/simulate"
	"vmmp/pkg/stress/apiload"
	"vmmp/tests/document"
)

// jsonField is a field of a JSON object, with its place in the objects around it.
type jsonField struct {
	name, doc string
	parent    bool // of fields that follow it
}

// fieldsOf lists the fields of a type's JSON, but for what is below the types in whole.
func fieldsOf(t reflect.Type, prefix string, whole []reflect.Type) []jsonField {
	var all []jsonField
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		if f.Anonymous && name == "" {
			all = append(all, fieldsOf(inner, prefix, whole)...)
			continue
		}
		if name == "-" || name == "" {
			continue
		}
		if inner.Kind() == reflect.Slice {
			name, inner = name+"[]", inner.Elem()
		}
		var below []jsonField
		marshals := inner.Implements(reflect.TypeFor[json.Marshaler]())
		if inner.Kind() == reflect.Struct && !marshals && !slices.Contains(whole, inner) {
			below = fieldsOf(inner, prefix+name+".", whole)
		}
		all = append(append(all, jsonField{prefix + name, f.Tag.Get("doc"), len(below) > 0}), below...)
	}
	return all
}

// fieldTable are the fields of a type's JSON as the documents show them.
func fieldTable(of reflect.Type) string {
	var b strings.Builder
	b.WriteString("| field | what |\n|---|---|\n")
	for _, f := range fieldsOf(of, "", nil) {
		fmt.Fprintf(&b, "| `%s` | %s |\n", f.name, cell(f.doc))
	}
	return b.String()
}

func TestFields(t *testing.T) {
	document.Written(t, "prediction-fields", fieldTable(reflect.TypeFor[prediction.Prediction]()))
	document.Written(t, "accuracy-fields", fieldTable(reflect.TypeFor[accuracy.Accuracy]()))
}

// TestFieldsNamed holds the tables of JSON fields that people wrote to the types.
func TestFieldsNamed(t *testing.T) {
	whole := []reflect.Type{
		reflect.TypeFor[prediction.Prediction](), reflect.TypeFor[prediction.Interval](), reflect.TypeFor[simulate.Migration](),
		reflect.TypeFor[simulate.Summary](), reflect.TypeFor[evaluate.Metrics](), reflect.TypeFor[evaluate.Quantiles](), reflect.TypeFor[model.CrossValidation](),
		reflect.TypeFor[model.PatternMetrics](), reflect.TypeFor[model.ModeChoice](), reflect.TypeFor[model.Importance](),
		reflect.TypeFor[model.SimulatedReport](), reflect.TypeFor[apiload.Latency](), reflect.TypeFor[apiload.Lateness](),
	}
	for section, of := range map[string]reflect.Type{
		"A simulated migration":  reflect.TypeFor[simulate.Migration](),
		"A simulation":           reflect.TypeFor[simulate.Result](),
		"A summary":              reflect.TypeFor[simulate.Summary](),
		"A saved run":            reflect.TypeFor[simulate.Saved](),
		"A training":             reflect.TypeFor[model.Report](),
		"Metrics of predictions": reflect.TypeFor[evaluate.Metrics](),
		"A load of an API":       reflect.TypeFor[apiload.Report](),
	} {
		var want []string
		for _, f := range fieldsOf(of, "", whole) {
			if !f.parent {
				want = append(want, f.name)
			}
		}
		got := namedIn(t, "docs/reference.md", section)
		slices.Sort(want)
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: the fields of %v and those that are described:\n%s", section, of, diff)
		}
	}
}

// namedIn lists what the first cells of the tables of a section name.
func namedIn(t *testing.T, file, section string) []string {
	t.Helper()
	_, text, found := strings.Cut(document.Read(t, file).Text, "\n### "+section+"\n")
	if !found {
		t.Fatalf("%s has no section %q", file, section)
	}
	text, _, _ = strings.Cut(text, "\n#")
	var names []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(text, -1) {
		names = append(names, row[1])
	}
	return names
}
