package learn

import (
	"math"

	"vmmp/pkg/history"
	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/prediction"
)

// Match makes an entry of a recorded migration: it finds what had been predicted
// of it.
//
// With a prediction_id the prediction is the one that it carries, read with key
// (prediction.DecodeID) or, without a key and where it names m, confirmed by m; the
// features that it was made of fill in what the record does not know. Without
// one, it is made now by m of the recorded features, of which any may be unknown
// but not all, and is marked Afterwards. Features that contradict each other are
// taken, as in files. A record of no source came through the API. Its time stays
// unknown where it is.
//
// r must be as migration.DecodeJSON answers it. Every fault is listed, in the
// fields' names; with faults the entry is empty.
func Match(m *model.Model, key []byte, r migration.Record) (history.Entry, migration.Faults) {
	faults := checkOutcome(r.Outcome)
	var predicted *history.PastPrediction
	switch {
	case r.PredictionID != "":
		id, wrong := redeem(m, key, r.PredictionID)
		faults = append(faults, wrong...)
		r.Features = r.Features.Or(id.Features)
		predicted = &history.PastPrediction{Model: id.Model, Summary: id.Summary}
	case r.Features.Known() == 0:
		faults = append(faults, migration.Fault{Location: "body",
			Message: "says nothing of the VM: needs features, such as cpu_load, or the prediction_id that /predict returned"})
	case len(faults) == 0:
		p := m.Predict(r.Features, model.Options{})
		predicted = &history.PastPrediction{Model: p.Model.ID, Summary: p.Summary(), Afterwards: true}
	}
	if len(faults) > 0 {
		return history.Entry{}, faults
	}
	if r.Source == migration.SourceUnknown {
		r.Source = migration.SourceAPI
	}
	return history.Entry{Record: r, Prediction: predicted}, nil
}

// checkOutcome says where status and downtime cannot both be.
func checkOutcome(o migration.Outcome) migration.Faults {
	known := !math.IsNaN(o.DowntimeMS)
	message := ""
	switch o.Status {
	case migration.NotConverged:
		if known {
			message = "is given although the status is not_converged: a migration that was given up never stopped the guest; leave it out, or say completed or forced"
		}
	case migration.Completed, migration.Forced, migration.StatusUnknown:
		if !known {
			return migration.Faults{{Location: "downtime_ms", Message: "is missing: the pause in ms, or a status of not_converged or failed"}}
		}
		if o.DowntimeMS <= 0 {
			message = "must be above 0 ms: no guest is moved without a pause; leave it out and say not_converged or failed if it was not moved"
		}
	}
	if message == "" {
		return nil
	}
	return migration.Faults{{Location: "downtime_ms", Message: message, Value: o.DowntimeMS}}
}

// redeem reads a prediction_id that m, or a model before it, gave out.
func redeem(m *model.Model, key []byte, id string) (prediction.ID, migration.Faults) {
	const remedy = "send it as /predict returned it"
	decoded, err := prediction.DecodeID(id, key)
	if err != nil {
		return decoded, migration.Faults{{Location: "prediction_id", Message: "is " + err.Error() + "; " + remedy}}
	}
	if len(key) == 0 && !m.Confirm(decoded) { // a signature says as much, and more
		return decoded, migration.Faults{{Location: "prediction_id",
			Message: "names model " + decoded.Model + ", which never answered so; " + remedy}}
	}
	return decoded, nil
}
