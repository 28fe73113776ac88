package api

import (
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"vmmp/pkg/accuracy"
	"vmmp/pkg/history"
	"vmmp/pkg/host"
	"vmmp/pkg/httpd"
	"vmmp/pkg/metrics"
	"vmmp/pkg/model"
	"vmmp/pkg/roster"
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
	host      *host.Watcher
	roster    *roster.Roster // nil where no places are watched
	metrics   *metrics.Metrics
	log       *slog.Logger
	started   time.Time
	batches   httpd.Semaphore
}

// The groups of operations in the document.
const (
	tagPredict = "predict"
	tagMemory  = "memory"
	tagService = "service"
)

// answer is the output of an operation that has no headers of its own.
type answer[T any] struct{ Body T }

// bodyErrors are the ways in which a body can be refused, for the document.
var bodyErrors = []int{
	http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType,
	http.StatusUnprocessableEntity,
}

// patience bounds how long an operation waits for its turn, or for the history to say that it is well.
const patience = time.Second
