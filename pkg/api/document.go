package api

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// What is an array in an answer is never null.
func init() { huma.DefaultArrayNullable = false }

// humaConfig returns huma without the habits that are not ours: $schema in answers, pages of its own, and forms beside
// JSON.
func humaConfig(version string) huma.Config {
	config := huma.DefaultConfig("vmmp", version)
	config.CreateHooks = nil
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "", "", ""
	json := huma.DefaultJSONFormat
	config.Formats = map[string]huma.Format{mediaJSON: json, "json": json} // the second is what follows a +
	config.Components.Schemas = newRegistry()
	config.Info.Description = about
	config.Info.License = &huma.License{Name: "MIT", Identifier: "MIT"}
	config.Servers = []*huma.Server{{URL: "/"}}
	config.Security = []map[string][]string{{}} // said, not left open: nobody is asked who they are
	config.Tags = []*huma.Tag{
		{Name: tagPredict, Description: "How long will the guest be paused?"},
		{Name: tagMemory, Description: "What came of it, and how right the predictions were."},
		{Name: tagService, Description: "The service itself."},
	}
	return config
}

const about = "Predicts how long a live migration will pause a virtual machine, how long the move takes, " +
	"whether pre-copy converges, and how sure that is; remembers what came of migrations and says how right it was."

// serveDocument answers GET /openapi.json. It is to be called once everything else is registered.
func serveDocument(mux *http.ServeMux, o *huma.OpenAPI) {
	addTableSchemas(o.Components.Schemas)
	describePages(o)
	document, err := json.MarshalIndent(o, "", " ")
	if err != nil {
		panic(fmt.Sprintf("api: OpenAPI document that JSON cannot hold: %v", err))
	}
	mux.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", mediaOpenAPI)
		_, _ = w.Write(document) // whoever left does not miss it
	})
}

// addTableSchemas puts the schemas into the document that derive from the feature table.
func addTableSchemas(r huma.Registry) {
	all := r.Map()
	all[schemaFeatures] = featuresSchema()
	all[schemaRecord] = recordSchema()
	all[schemaListed] = listedSchema(r)
}

// describePages adds what is served beside huma's operations.
func describePages(o *huma.OpenAPI) {
	for _, page := range []struct{ path, id, summary, media, kind string }{
		{"/metrics", "metrics", "Metrics for Prometheus", "text/plain", huma.TypeString},
		{"/docs", "docs", "This documentation, for a browser", "text/html", huma.TypeString},
		{"/openapi.json", "openapi", "This documentation, for a program", mediaOpenAPI, huma.TypeObject},
	} {
		o.AddOperation(&huma.Operation{
			OperationID: page.id, Method: http.MethodGet, Path: page.path, Summary: page.summary, Tags: []string{tagService},
			Responses: map[string]*huma.Response{"200": {
				Description: page.summary,
				Content:     map[string]*huma.MediaType{page.media: {Schema: &huma.Schema{Type: page.kind}}},
			}},
		})
	}
	root := o.Paths["/{$}"]
	delete(o.Paths, "/{$}")
	root.Get.Path = "/"
	o.Paths["/"] = root
}
