package main

import (
	"encoding/json"
	"fmt"

	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/precopy"
	"vmmp/pkg/prediction"
)

// An answer is a migration, and what the model said of it.
type answer struct {
	record     migration.Record
	prediction prediction.Prediction
	total      *prediction.Interval // of the total time; nil where the model gives none
}

// ask returns the answers of the model to the records, in their order.
func ask(m *model.Model, records []migration.Record) []answer {
	xs := make([]migration.Features, len(records))
	for i := range records {
		xs[i] = records[i].Features
	}
	answers := make([]answer, len(records))
	for i, p := range m.PredictAll(xs, model.Options{}) {
		answers[i] = answer{record: records[i], prediction: p, total: totalInterval(&p)}
	}
	return answers
}

// totalInterval returns the interval of the total time as clients see it: a field of the JSON, absent where the model
// gives none.
func totalInterval(p *prediction.Prediction) *prediction.Interval {
	text, err := json.Marshal(p)
	if err != nil {
		panic(fmt.Sprintf("truth: a prediction is no JSON: %v", err))
	}
	var answer struct {
		Total *prediction.Interval `json:"total_time_interval"`
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		panic(fmt.Sprintf("truth: an interval that is none: %v", err))
	}
	return answer.Total
}

// converged reports whether pre-copy switched over by itself, if that is known.
func (a *answer) converged() (converged, known bool) {
	o := &a.record.Outcome
	return o.SwitchedOver(), o.SwitchedOver() || o.Status == migration.Forced || o.Status == migration.NotConverged
}

// ruleLoad is what the guest may dirty, over what can be sent, and still be expected to converge by the rule of thumb.
const ruleLoad = 0.8

// rule returns whether the rule of thumb expects pre-copy to converge, if enough is known for it.
func (a *answer) rule() (converges, known bool) {
	x := a.record.Features
	send, has := x.Get(migration.NetworkBandwidth), x.Known()
	if has.Has(migration.BandwidthCap) {
		send = min(send, x.Get(migration.BandwidthCap))
	}
	return x.Get(migration.DirtyRate) < ruleLoad*send*precopy.MiBPerMbit,
		has.Has(migration.DirtyRate) && has.Has(migration.NetworkBandwidth)
}
