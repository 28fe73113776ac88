package api

import (
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"vmmp/pkg/history"
	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

// The names of schemas that are made from the feature table.
const (
	schemaFeatures = "Features"
	schemaRecord   = "Record"
	schemaListed   = "RecordedMigration"
)

// schemaRef refers to a schema of the document.
func schemaRef(name string) *huma.Schema { return &huma.Schema{Ref: "#/components/schemas/" + name} }

// Schema refers to the schema that derives from the feature table; it is huma's
// hook (huma.SchemaProvider).
func (listed) Schema(huma.Registry) *huma.Schema { return schemaRef(schemaListed) }

// addTableSchemas puts the schemas into the document that derive from the feature
// table.
func addTableSchemas(r huma.Registry) {
	schemas := r.Map()
	schemas[schemaFeatures] = featuresSchema()
	schemas[schemaRecord] = recordSchema()
	listed := recordSchema()
	prediction := r.Schema(reflect.TypeFor[history.PastPrediction](), true, "")
	listed.Properties["id"] = &huma.Schema{Type: huma.TypeInteger, Format: "int64", Description: "Given when it was recorded; later ones have a larger one"}
	listed.Properties["recorded_at"] = &huma.Schema{Type: huma.TypeString, Format: "date-time", Description: "When it was recorded"}
	listed.Properties["prediction"] = &huma.Schema{OneOf: []*huma.Schema{prediction, {Type: "null"}}, Description: "What had been predicted"}
	listed.Required = []string{"id", "recorded_at", "prediction"}
	listed.Description = "A recorded migration with what had been predicted of it."
	schemas[schemaListed] = listed
}

// featuresSchema is the schema of what is known of a VM.
func featuresSchema() *huma.Schema {
	s := &huma.Schema{
		Type: huma.TypeObject, Properties: map[string]*huma.Schema{}, AdditionalProperties: true,
		Description: "What is known of a VM before its migration. A field that is absent or null is unknown; a field of another name is ignored and warned of.",
	}
	for _, d := range migration.Definitions {
		s.Properties[d.Name] = featureSchema(d)
		if d.Required {
			s.Required = append(s.Required, d.Name)
		}
	}
	return s
}

// featureSchema is the schema of one row of the feature table.
func featureSchema(d migration.Definition) *huma.Schema {
	s := &huma.Schema{Description: describeFeature(d), Nullable: !d.Required}
	switch d.Kind {
	case migration.Bool:
		s.Type = huma.TypeBoolean
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

// describeFeature says what a feature is, in which unit, and how it is measured.
func describeFeature(d migration.Definition) string {
	text := strings.ToUpper(d.Doc[:1]) + d.Doc[1:]
	if d.Unit != "" {
		text += ", in " + d.Unit
	}
	return text + ". To measure: " + d.Measure
}

// outcomeSchemas describe the fields of a recorded migration beside its features.
var outcomeSchemas = map[string]*huma.Schema{
	"downtime_ms":     amount("Gap between the source's STOP and the destination's RESUME, in ms; above 0 unless the guest was not moved"),
	"total_time_ms":   amount("From the start of the migration to its end, in ms"),
	"transferred_mib": amount("Sent in all, in MiB"),
	"rounds":          amount("Passes over the dirty memory"),
	"status":          oneOf("How it ended; a downtime without a status counts as completed", migration.Statuses),
	"group":           {Type: huma.TypeString, Description: "Workload or VM: never split between training and test"},
	"at":              {Type: huma.TypeString, Format: "date-time", Description: "When it began; when it is recorded where absent"},
	"source":          oneOf("Where it was observed; api where absent", migration.Sources),
	"prediction_id":   {Type: huma.TypeString, Description: "Of the prediction that was made before, as /predict returned it; fills in the features that are absent"},
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

// recordSchema is the schema of a migration to record: nothing of it is required
// by itself.
func recordSchema() *huma.Schema {
	s := featuresSchema()
	s.Required = nil
	s.Description = "One migration: what was known before, beside what came of it. Needs a downtime or a status that explains its absence, and features or a prediction_id."
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
		"four":  {Summary: "The four features of the first hour", Value: some("cpu_load", "memory_usage", "disk_io", "network_bandwidth")},
		"more":  {Summary: "What makes it surer", Value: exampleVM},
		"least": {Summary: "The least that is answered", Value: some("cpu_load", "memory_usage")},
	}
	recordExamples = map[string]*huma.Example{
		"features": {Summary: "Features beside the outcome", Value: with(exampleVM, map[string]any{"downtime_ms": 142.5, "total_time_ms": 9100, "status": "completed", "group": "web-1"})},
		"id":       {Summary: "An outcome of a prediction", Value: map[string]any{"prediction_id": "p1.…", "downtime_ms": 142.5}},
		"array":    {Summary: "Several at once", Value: []any{with(exampleVM, map[string]any{"downtime_ms": 142.5}), with(exampleVM, map[string]any{"status": "not_converged"})}},
	}
	batchExample = []any{some("cpu_load", "memory_usage"), exampleVM}
)

func some(names ...string) map[string]any {
	chosen := map[string]any{}
	for _, name := range names {
		chosen[name] = exampleVM[name]
	}
	return chosen
}

func with(vm, more map[string]any) map[string]any {
	all := map[string]any{}
	for _, part := range []map[string]any{vm, more} {
		for name, value := range part {
			all[name] = value
		}
	}
	return all
}

// documentBody says what an operation reads. It is told after huma has registered
// the operation, or huma would read the body itself.
func documentBody(api huma.API, path string, schema *huma.Schema, examples map[string]*huma.Example) {
	api.OpenAPI().Paths[path].Post.RequestBody = &huma.RequestBody{
		Required: true,
		Content:  map[string]*huma.MediaType{mediaJSON: {Schema: schema, Examples: examples}},
	}
}

// recordsSchema is one record or an array of them.
func recordsSchema() *huma.Schema {
	return &huma.Schema{OneOf: []*huma.Schema{schemaRef(schemaRecord), {Type: huma.TypeArray, Items: schemaRef(schemaRecord)}}}
}

// documentBatch says what a batch reads and answers.
func documentBatch(api huma.API) {
	o := api.OpenAPI()
	row := &huma.Schema{OneOf: []*huma.Schema{
		o.Components.Schemas.Schema(reflect.TypeFor[prediction.Prediction](), true, ""),
		o.Components.Schemas.Schema(reflect.TypeFor[refusal](), true, ""),
	}}
	post := o.Paths["/predict/batch"].Post
	post.RequestBody = &huma.RequestBody{Required: true, Content: rowsOf(schemaRef(schemaFeatures), batchExample)}
	post.Responses["200"] = &huma.Response{Description: "One answer per row, in the form of the request", Content: rowsOf(row, nil)}
}

// rowsOf is the content of a batch: an array, or lines.
func rowsOf(row *huma.Schema, example any) map[string]*huma.MediaType {
	return map[string]*huma.MediaType{
		mediaJSON:   {Schema: &huma.Schema{Type: huma.TypeArray, Items: row}, Example: example},
		mediaNDJSON: {Schema: &huma.Schema{Type: huma.TypeString, Description: "One JSON object a line"}},
	}
}

// describePages adds what is served beside huma's operations.
func describePages(o *huma.OpenAPI) {
	addTableSchemas(o.Components.Schemas)
	for _, page := range []struct{ path, id, summary, media, kind string }{
		{"/metrics", "metrics", "Metrics for Prometheus", "text/plain", huma.TypeString},
		{"/docs", "docs", "This documentation, for a browser", "text/html", huma.TypeString},
		{"/openapi.json", "openapi", "This documentation, for a program", mediaOpenAPI, huma.TypeObject},
	} {
		o.AddOperation(&huma.Operation{
			OperationID: page.id, Method: http.MethodGet, Path: page.path, Summary: page.summary, Tags: []string{tagService},
			Responses: map[string]*huma.Response{"200": {
				Description: page.summary, Content: map[string]*huma.MediaType{page.media: {Schema: &huma.Schema{Type: page.kind}}},
			}},
		})
	}
	root := o.Paths["/{$}"]
	delete(o.Paths, "/{$}")
	root.Get.Path = "/"
	o.Paths["/"] = root
}

// endpoints lists the operations of a document, as GET / shows them.
func endpoints(o *huma.OpenAPI) []endpoint {
	var all []endpoint
	for path, item := range o.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post} {
			if op != nil {
				all = append(all, endpoint{op.Method, path, op.Summary})
			}
		}
	}
	slices.SortFunc(all, func(x, y endpoint) int { return strings.Compare(x.Path+x.Method, y.Path+y.Method) })
	return all
}
