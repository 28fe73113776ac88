package accuracy

import (
	"math"
	"time"

	"vmmp/pkg/history"
	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

// sample holds what an assessment needs of an entry: about 100 bytes, whatever the lengths of its texts and curve.
type sample struct {
	id         int64
	at         time.Time
	source     migration.Source
	downtimeMS float64 // NaN where unknown
	summary    prediction.Summary

	ended        bool // it is known how
	switchedOver bool // by itself
	moved        bool // the guest, in a known time
	matched      bool // a prediction of the downtime can be judged
	askedBefore  bool // that prediction was made before the migration
}

// newSample reduces an entry to its sample.
func newSample(e *history.Entry) sample {
	o := &e.Outcome
	s := sample{
		id: e.ID, at: e.At, source: e.Source, downtimeMS: o.DowntimeMS,
		switchedOver: o.SwitchedOver(),
		moved:        (o.SwitchedOver() || o.Status == migration.Forced) && !math.IsNaN(o.DowntimeMS),
	}
	s.ended = s.switchedOver || o.Status != migration.StatusUnknown
	if s.at.IsZero() {
		s.at = e.RecordedAt
	}
	if s.source == migration.SourceUnknown {
		s.source = migration.SourceAPI
	}
	if p := e.Prediction; p != nil {
		s.matched = s.switchedOver && s.downtimeMS > 0
		s.askedBefore = s.matched && !p.Afterwards
		s.summary = p.Summary
	}
	return s
}

// isIn reports whether the sample counts in a period up to now.
func (s *sample) isIn(p *period, now time.Time) bool {
	return p.length == 0 || !s.at.Before(now.Add(-p.length))
}

// isFrom reports whether the sample counts for a source, AllSources among them.
func (s *sample) isFrom(source string) bool {
	if source == AllSources {
		return s.source != migration.SourcePrecopy
	}
	return string(s.source) == source
}

// success reports whether the migration did what it should, if that is known.
func (s *sample) success(limit time.Duration) (success, known bool) {
	if limit <= 0 || !s.switchedOver {
		return s.switchedOver, s.ended
	}
	return s.downtimeMS <= inMS(limit), !math.IsNaN(s.downtimeMS)
}

func inMS(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// period is a span of time up to now.
type period struct {
	name   string
	length time.Duration // 0: since ever
}

const day = 24 * time.Hour

var periods = []period{{"24h", day}, {"7d", 7 * day}, {"30d", 30 * day}, {"all", 0}}
