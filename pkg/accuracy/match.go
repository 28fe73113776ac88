package accuracy

import (
	"math"

	"vmmp/pkg/history"
	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

// A Predictor answers for the model that is in service.
type Predictor interface {
	// Predict returns what the model answers to what is known of a VM.
	Predict(x migration.Features) prediction.Prediction
	// Confirm reports whether the model answered as id claims. Of an id of another model it returns true.
	Confirm(id prediction.ID) bool
}

// Match makes a recorded migration an entry of the history: it finds what had been predicted of it.
//
// With a prediction_id the prediction is the one that it carries, read with key (prediction.DecodeID) or, without a
// key, confirmed by p; the features that it was made of fill in what the record does not know. Without one, it is made
// now by p of the recorded features, of which any may be unknown but not all, and is marked Afterwards. Features that
// contradict each other are taken, as in files. A record of no source came through the API. Its time stays unknown
// where it is.
//
// r must be as migration.DecodeJSON returns it. Every fault is listed, in the fields' names; with faults the entry is
// empty.
func Match(p Predictor, key []byte, r migration.Record) (history.Entry, migration.Faults) {
	faults := checkOutcome(r.Outcome)
	var predicted *history.PastPrediction
	switch {
	case r.PredictionID != "":
		id, wrong := redeem(p, key, r.PredictionID)
		faults = append(faults, wrong...)
		r.Features = r.Features.Or(id.Features)
		predicted = &history.PastPrediction{Model: id.Model, Summary: id.Summary}
	case r.Features.Known() == 0:
		faults = append(faults, migration.Fault{Location: "body", Message: "says nothing of the VM: needs features, " +
			"such as cpu_load, or the prediction_id that /predict returned"})
	case len(faults) == 0:
		made := p.Predict(r.Features)
		predicted = &history.PastPrediction{Model: made.Model.ID, Summary: made.Summary(), Afterwards: true}
	}
	if len(faults) > 0 {
		return history.Entry{}, faults
	}
	if r.Source == migration.SourceUnknown {
		r.Source = migration.SourceAPI
	}
	return history.Entry{Record: r, Prediction: predicted}, nil
}

// checkOutcome finds a downtime that the status rules out, or that it lacks.
func checkOutcome(o migration.Outcome) migration.Faults {
	const (
		missing = "is missing: the pause in ms, or a status of not_converged or failed"
		given   = "is given although the status is not_converged: a migration that was given up never stopped the guest; " +
			"leave it out, or say completed or forced"
		zero = "must be above 0 ms: no guest is moved without a pause; " +
			"leave it out and say not_converged or failed if it was not moved"
	)
	fault := migration.Fault{Location: "downtime_ms"}
	unknown := math.IsNaN(o.DowntimeMS)
	moved := o.Status == migration.Completed || o.Status == migration.Forced || o.Status == migration.StatusUnknown
	switch {
	case moved && unknown:
		fault.Message = missing
	case moved && o.DowntimeMS <= 0:
		fault.Message, fault.Value = zero, o.DowntimeMS
	case o.Status == migration.NotConverged && !unknown:
		fault.Message, fault.Value = given, o.DowntimeMS
	default:
		return nil
	}
	return migration.Faults{fault}
}

// redeem reads a prediction_id that the model of p, or one before it, gave out.
func redeem(p Predictor, key []byte, encoded string) (prediction.ID, migration.Faults) {
	const remedy = "; send it as /predict returned it"
	fault := migration.Fault{Location: "prediction_id"}
	id, err := prediction.DecodeID(encoded, key)
	switch {
	case err != nil:
		fault.Message = "is " + err.Error() + remedy
	case len(key) == 0 && !p.Confirm(id): // a signature says as much, and more
		fault.Message = "names model " + id.Model + ", which never answered so" + remedy
	default:
		return id, nil
	}
	return id, migration.Faults{fault}
}
