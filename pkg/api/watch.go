package api

import (
	"context"
	"net"
	"sync"
	"time"

	"vmmp/pkg/history"
	"vmmp/pkg/metrics"
	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/prediction"
	"vmmp/pkg/roster"
)

// Serve serves on the listener until ctx ends, and watches the places meanwhile. Its errors are those of httpd.Server.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	watched, leave := context.WithCancel(ctx)
	var places sync.WaitGroup
	defer places.Wait()
	defer leave()
	if s.roster != nil {
		places.Go(func() { s.roster.Run(watched) })
	}
	return s.Server.Serve(ctx, l)
}

// predictVM answers for a VM of a watched place.
func (s *Server) predictVM(x migration.Features) prediction.Prediction {
	return s.model.Load().Predict(x, model.Options{Key: s.key, Measured: x.Known()})
}

// recordPatience bounds how long the history may take to keep an outcome that nobody waits for.
const recordPatience = 10 * time.Second

// recordEnded keeps what came of a migration at a watched place, beside what was known and predicted before it.
func (s *Server) recordEnded(ctx context.Context, e roster.Ended) {
	log := s.log.With("place", e.Place, "vm", e.Record.Group, "status", e.Record.Outcome.Status)
	if s.history == nil {
		log.Info("a migration ended, and no history keeps it", "reason", e.Reason)
		return
	}
	entry := history.Entry{Record: e.Record, Prediction: s.predictedBefore(e)}
	if entry.At.IsZero() {
		entry.At = time.Now().UTC().Truncate(time.Microsecond)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordPatience)
	defer cancel()
	if _, err := s.history.Append(ctx, history.Batch{Entries: []history.Entry{entry}}); err != nil {
		s.historyFailed(metrics.HistoryAppend, err)
		log.Error("a migration ended and was not recorded", "error", err)
		return
	}
	s.tracker.Changed()
	s.metrics.Recorded.WithLabelValues(string(entry.Source), statusLabel(entry.Outcome.Status)).Inc()
	log.Info("a migration ended and was recorded", "downtime_ms", e.Record.Outcome.DowntimeMS,
		"total_time_ms", e.Record.Outcome.TotalTimeMS, "predicted", entry.Prediction != nil, "reason", e.Reason)
}

// predictedBefore returns what was predicted of a migration: what was in force before it, or else what the model in
// service says of what is recorded; nil where nothing is known of the VM.
func (s *Server) predictedBefore(e roster.Ended) *history.PastPrediction {
	switch {
	case e.Before != nil:
		return &history.PastPrediction{Model: e.Before.Prediction.Model.ID, Summary: e.Before.Prediction.Summary()}
	case e.Record.Features.Known() == 0:
		return nil
	}
	made := s.predictVM(e.Record.Features)
	return &history.PastPrediction{Model: made.Model.ID, Summary: made.Summary(), Afterwards: true}
}
