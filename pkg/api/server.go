package api

import (
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"vmmp/pkg/accuracy"
	"vmmp/pkg/history"
	"vmmp/pkg/host"
	"vmmp/pkg/metrics"
	"vmmp/pkg/model"
)

// Options are what a server is made of.
type Options struct {
	Version string
	Model   *model.Model
	// LoadModel reads the model anew for POST /model/reload.
	LoadModel func() (*model.Model, error)
	// History keeps what is recorded; nil: nothing is.
	History  history.Store
	Business accuracy.Business
	// Key signs prediction_ids and is asked of those that come back; empty: they
	// are not signed.
	Key []byte
	// Host measures this machine for /simulate.
	Host     *host.Watcher
	Metrics  *metrics.Metrics
	Log      *slog.Logger
	Timeouts Timeouts
}

// Timeouts bound the phases of a request and of a stop.
type Timeouts struct {
	Header time.Duration // until the header of a request is there
	Read   time.Duration // grace for its body, beyond which it must come at a rate
	Write  time.Duration // grace for each piece of the answer to be taken
	Idle   time.Duration // that a connection is kept without a request
	Drain  time.Duration // for requests under way once the server stops
	Linger time.Duration // that /ready says no before the listener is closed
}

// Server answers vmmp's HTTP interface. It is an http.Handler; Serve runs it on a
// listener.
type Server struct {
	version   string
	model     atomic.Pointer[model.Model]
	loadModel func() (*model.Model, error)
	history   history.Store
	tracker   *accuracy.Tracker // nil without a history
	key       []byte
	host      *host.Watcher
	metrics   *metrics.Metrics
	log       *slog.Logger
	timeouts  Timeouts
	started   time.Time
	draining  atomic.Bool
	batches   chan struct{} // a place for each batch under way
	handler   http.Handler
}

// mostBatches is how many batches are answered at once: each may hold
// MaxBatchBytes of a client that sends all before it reads anything.
const mostBatches = 4

// New makes a server.
func New(o Options) *Server {
	s := &Server{
		version: o.Version, loadModel: o.LoadModel, history: o.History, key: o.Key, host: o.Host,
		metrics: o.Metrics, log: o.Log, timeouts: o.Timeouts,
		started: time.Now(), batches: make(chan struct{}, mostBatches),
	}
	if o.History != nil {
		s.tracker = accuracy.NewTracker(o.History, o.Business, time.Now)
	}
	s.setModel(o.Model)
	mux := http.NewServeMux()
	s.operations(mux)
	s.handler = identify(s.observe(s.rescue(s.pace(s.route(mux)))))
	return s
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }
