package api

import (
	"log/slog"
	"sync/atomic"
	"time"

	"vmmp/pkg/accuracy"
	"vmmp/pkg/history"
	"vmmp/pkg/httpd"
	"vmmp/pkg/metrics"
	"vmmp/pkg/model"
	"vmmp/pkg/simulate"
)

// A Server answers vmmp's HTTP interface; New makes it. It is an http.Handler, and Serve runs it on a listener. Its
// operations are its methods, and what they share its fields.
type Server struct {
	*httpd.Server
	version   string
	model     atomic.Pointer[model.Model]
	loadModel func() (*model.Model, error)
	history   history.Store
	tracker   *accuracy.Tracker // nil without a history
	key       []byte
	host      *simulate.Watcher
	metrics   *metrics.Metrics
	log       *slog.Logger
	started   time.Time
	batches   httpd.Semaphore
}
