package api

import (
	"maps"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"vmmp/pkg/httpd"
	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

// The names of schemas that are made from the feature table.
const (
	schemaFeatures = "Features"
	schemaRecord   = "Record"
)

// schemaPath is where the document keeps its schemas.
const schemaPath = "#/components/schemas/"

// newRegistry returns a registry in which our types have the schemas of those that they stand for.
func newRegistry() huma.Registry {
	r := huma.NewMapRegistry(schemaPath, huma.DefaultSchemaNamer)
	r.RegisterTypeAlias(reflect.TypeFor[prediction.Number](), reflect.TypeFor[*float64]()) // null where it is unknown
	r.RegisterTypeAlias(reflect.TypeFor[httpd.Problem](), reflect.TypeFor[huma.ErrorModel]())
	r.RegisterTypeAlias(reflect.TypeFor[httpd.Fault](), reflect.TypeFor[huma.ErrorDetail]())
	return r
}

// schemaOf refers to the schema of a type, which it puts into the registry.
func schemaOf[T any](r huma.Registry) *huma.Schema { return r.Schema(reflect.TypeFor[T](), true, "") }

// schemaRef refers to a schema of the document.
func schemaRef(name string) *huma.Schema { return &huma.Schema{Ref: schemaPath + name} }

// featuresSchema returns the schema of what is known of a VM.
func featuresSchema() *huma.Schema {
	s := &huma.Schema{
		Type: huma.TypeObject, Properties: map[string]*huma.Schema{}, AdditionalProperties: true,
		Description: "What is known of a VM before its migration. A field that is absent or null is unknown; " +
			"a field of another name is ignored and warned of.",
	}
	for _, d := range migration.Definitions {
		s.Properties[d.Name] = featureSchema(d)
		if d.Required {
			s.Required = append(s.Required, d.Name)
		}
	}
	return s
}

// featureSchema returns the schema of one row of the feature table.
func featureSchema(d migration.Definition) *huma.Schema {
	s := &huma.Schema{Description: describeFeature(d), Nullable: !d.Required}
	switch d.Kind {
	case migration.Bool:
		s.Type = huma.TypeBoolean
	case migration.Choice:
		s.Type = huma.TypeString
		for _, choice := range d.Choices {
			s.Enum = append(s.Enum, choice)
		}
	case migration.Version:
		s.Type, s.Pattern = huma.TypeString, migration.VersionPattern
	case migration.Points:
		zero := 0.0
		s.Type = huma.TypeArray
		s.Items = &huma.Schema{
			Type: huma.TypeObject, Required: []string{"seconds", "mib"},
			Properties: map[string]*huma.Schema{
				"seconds": {Type: huma.TypeNumber, ExclusiveMinimum: &zero, Description: "Length of the window; ascending"},
				"mib":     {Type: huma.TypeNumber, Minimum: &zero, Description: "Distinct MiB dirtied within it; never falling"},
			},
		}
	default:
		least, most := d.Min, d.Max
		if d.ZeroNone {
			least = 0
		}
		s.Type, s.Minimum, s.Maximum = huma.TypeNumber, &least, &most
		if d.Kind == migration.Integer {
			s.Type = huma.TypeInteger
		}
	}
	if example, ok := exampleVM[d.Name]; ok {
		s.Examples = []any{example}
	}
	return s
}

// describeFeature returns what a feature is, in which unit, and how it is measured.
func describeFeature(d migration.Definition) string {
	text := strings.ToUpper(d.Doc[:1]) + d.Doc[1:]
	if d.Unit != "" {
		text += ", in " + d.Unit
	}
	if d.ZeroNone {
		text += "; 0 for none"
	}
	return text + ". To measure: " + d.Measure
}

// outcomeSchemas describe the fields of a recorded migration beside its features.
var outcomeSchemas = map[string]*huma.Schema{
	"downtime_ms": amount("Gap between the source's STOP and the destination's RESUME, in ms; " +
		"above 0 unless the guest was not moved"),
	"total_time_ms":   amount("From the start of the migration to its end, in ms"),
	"transferred_mib": amount("Sent in all, in MiB"),
	"rounds":          amount("Passes over the dirty memory"),
	"status":          oneOf("How it ended; a downtime without a status counts as completed", migration.Statuses),
	"group": {
		Type: huma.TypeString, Description: "Workload or VM: never split between training and test",
	},
	"site": {
		Type: huma.TypeString, Description: "Where it was made: hypervisor, hosts and network, by any name of yours",
	},
	"at": {
		Type: huma.TypeString, Format: "date-time", Description: "When it began; when it is recorded where absent",
	},
	"source": oneOf("Where it was observed; api where absent", migration.Sources),
	"prediction_id": {
		Type: huma.TypeString, Description: "Of the prediction that was made before, as /predict returned it; " +
			"fills in the features that are absent",
	},
}

func amount(text string) *huma.Schema {
	zero := 0.0
	return &huma.Schema{Type: huma.TypeNumber, Minimum: &zero, Description: text}
}

func oneOf[T ~string](text string, values []T) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString, Description: text}
	for _, v := range values {
		s.Enum = append(s.Enum, string(v))
	}
	return s
}

// recordSchema returns the schema of a migration to record: nothing of it is required by itself.
func recordSchema() *huma.Schema {
	s := featuresSchema()
	s.Required = nil
	s.Description = "One migration: what was known before, beside what came of it. " +
		"Needs a downtime or a status that explains its absence, and features or a prediction_id."
	for name, outcome := range outcomeSchemas {
		nullable := *outcome
		nullable.Nullable = true
		s.Properties[name] = &nullable
	}
	return s
}

// exampleVM is a VM to show.
var exampleVM = map[string]any{
	"cpu_load": 75.5, "memory_usage": 68.2, "disk_io": 45.8, "network_bandwidth": 850.0,
	"memory_mib": 8192, "dirty_rate": 40, "downtime_limit_ms": 300, "vcpus": 4,
}

// The examples of bodies.
var (
	predictExamples = map[string]*huma.Example{
		"four": {
			Summary: "The four features of the first hour",
			Value:   some("cpu_load", "memory_usage", "disk_io", "network_bandwidth"),
		},
		"more":  {Summary: "What makes it surer", Value: exampleVM},
		"least": {Summary: "The least that is answered", Value: some("cpu_load", "memory_usage")},
		"vm":    {Summary: "A VM of the watched places", Value: map[string]any{vmField: "web-1"}},
	}
	recordExamples = map[string]*huma.Example{
		"features": {Summary: "Features beside the outcome", Value: with(map[string]any{
			"downtime_ms": 142.5, "total_time_ms": 9100, "status": "completed", "group": "web-1",
		})},
		"id": {Summary: "An outcome of a prediction", Value: map[string]any{"prediction_id": "p1.…", "downtime_ms": 142.5}},
		"array": {Summary: "Several at once", Value: []any{
			with(map[string]any{"downtime_ms": 142.5}), with(map[string]any{"status": "not_converged"}),
		}},
	}
	batchExample = []any{some("cpu_load", "memory_usage"), exampleVM}
)

// some returns a part of exampleVM.
func some(names ...string) map[string]any {
	chosen := map[string]any{}
	for _, name := range names {
		chosen[name] = exampleVM[name]
	}
	return chosen
}

// with returns exampleVM and more.
func with(more map[string]any) map[string]any {
	all := maps.Clone(exampleVM)
	maps.Copy(all, more)
	return all
}

// documentBody describes what an operation reads. It is to be called after huma has registered the operation, or huma
// would read the body itself.
func documentBody(api huma.API, path string, schema *huma.Schema, examples map[string]*huma.Example) {
	api.OpenAPI().Paths[path].Post.RequestBody = &huma.RequestBody{
		Required: true,
		Content:  map[string]*huma.MediaType{mediaJSON: {Schema: schema, Examples: examples}},
	}
}
