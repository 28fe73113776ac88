package api

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"vmmp/pkg/accuracy"
	"vmmp/pkg/history"
	"vmmp/pkg/host"
	"vmmp/pkg/httpd"
	"vmmp/pkg/metrics"
	"vmmp/pkg/model"
	"vmmp/pkg/roster"
)

// Options holds what a server is made of.
type Options struct {
	Version string
	Model   *model.Model
	// LoadModel reads the model anew for POST /model/reload.
	LoadModel func() (*model.Model, error)
	// History keeps what is recorded; nil: nothing is.
	History  history.Store
	Business accuracy.Business
	// Key signs prediction_ids and is asked of those that come back; empty: they are not signed.
	Key []byte
	// Host measures this machine for /simulate.
	Host *host.Watcher
	// Places are where VMs are watched; of migrations that end there the outcomes are recorded.
	Places   []roster.Place
	Metrics  *metrics.Metrics
	Log      *slog.Logger
	Timeouts httpd.Timeouts
}

// mostBatches is how many batches are answered at once: each may hold MaxBatchBytes of a client that sends all before
// it reads anything.
const mostBatches = 4

// New returns a server that is ready to Serve.
func New(o Options) *Server {
	s := &Server{
		version: o.Version, loadModel: o.LoadModel, history: o.History, key: o.Key, host: o.Host,
		metrics: o.Metrics, log: o.Log, started: time.Now(), batches: httpd.NewSemaphore(mostBatches),
	}
	if o.History != nil {
		s.tracker = accuracy.NewTracker(o.History, o.Business, time.Now)
	}
	if len(o.Places) > 0 {
		s.roster = roster.New(roster.Options{Places: o.Places, Predict: s.predictVM, Ended: s.recordEnded, Log: o.Log})
		o.Metrics.ShowVMs(s.vmReadings)
	}
	s.setModel(o.Model)
	mux := http.NewServeMux()
	s.registerAll(mux)
	around := httpd.Options{
		Metrics: o.Metrics, Log: o.Log, Timeouts: o.Timeouts, NotFound: "no such path; GET / lists those that exist",
	}
	s.Server = httpd.NewServer(httpd.NewHandler(mux, around), around)
	return s
}

// registerAll puts everything that is served on the mux.
func (s *Server) registerAll(mux *http.ServeMux) {
	api := humago.New(mux, humaConfig(s.version))
	for _, register := range []func(huma.API){
		s.registerService, s.registerPredict, s.registerBatch, s.registerVMs, s.registerSimulate, s.registerModel,
		s.registerMigrations, s.registerList, s.registerAccuracy,
	} {
		register(api)
	}
	mux.Handle("GET /metrics", s.serveMetrics())
	serveDocs(mux)
	serveDocument(mux, api.OpenAPI())
}
