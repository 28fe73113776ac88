package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"

	"vmmp/pkg/prediction"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// operations puts everything that is served on the mux.
func (s *Server) operations(mux *http.ServeMux) {
	api := humago.New(mux, s.humaConfig())
	s.registerService(api)
	s.registerPredict(api)
	s.registerSimulate(api)
	s.registerModel(api)
	s.registerMigrations(api)

	mux.Handle("GET /metrics", s.serveMetrics())
	serveDocs(mux)
	document := s.document(api.OpenAPI())
	mux.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", mediaOpenAPI)
		_, _ = w.Write(document) // whoever left does not miss it
	})
}

// What is an array in an answer is never null.
func init() { huma.DefaultArrayNullable = false }

// humaConfig is huma without the habits that are not ours: $schema in answers,
// pages of its own, and forms beside JSON.
func (s *Server) humaConfig() huma.Config {
	config := huma.DefaultConfig("vmmp", s.version)
	config.CreateHooks = nil
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "", "", ""
	config.Formats = map[string]huma.Format{mediaJSON: huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat} // the second is what follows a +
	config.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	config.Components.Schemas.RegisterTypeAlias(numberType, reflect.TypeFor[*float64]())
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

// numberType is the type of figures that may be unknown, null in JSON.
var numberType = func() reflect.Type {
	field, _ := reflect.TypeFor[prediction.Prediction]().FieldByName("PredictedTotalTimeMS")
	return field.Type
}()

const about = "Predicts how long a live migration will pause a virtual machine, how long the move takes, " +
	"whether pre-copy converges, and how sure that is; remembers what came of migrations and says how right it was."

// The groups of operations in the document.
const (
	tagPredict = "predict"
	tagMemory  = "memory"
	tagService = "service"
)

// document is the OpenAPI document as it is served.
func (s *Server) document(o *huma.OpenAPI) []byte {
	describePages(o)
	text, err := json.MarshalIndent(o, "", " ")
	if err != nil {
		panic(fmt.Sprintf("api: OpenAPI document that JSON cannot hold: %v", err))
	}
	return text
}

// serveMetrics answers GET /metrics. Only in OpenMetrics, which Prometheus asks for,
// are there exemplars of requests.
func (s *Server) serveMetrics() http.Handler {
	exposition := promhttp.HandlerFor(s.metrics.Registry(), promhttp.HandlerOpts{EnableOpenMetrics: true})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.showAccuracy(r.Context())
		exposition.ServeHTTP(w, r)
	})
}
