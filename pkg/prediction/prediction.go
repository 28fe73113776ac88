package prediction

import "time"

// Prediction is the answer to what is known of a VM. Its JSON is a contract.
type Prediction struct {
	PredictedDowntime      float64       `json:"predicted_downtime" doc:"the pause of the guest in ms, given that pre-copy switches over by itself"`
	Confidence             float64       `json:"confidence" doc:"probability of being off by at most a quarter of the real downtime"`
	Status                 string        `json:"status" doc:"success, always: what cannot be answered is an error"`
	Interval               Interval      `json:"interval" doc:"where the downtime lies, given that pre-copy switches over by itself"`
	PredictedTotalTimeMS   Number        `json:"predicted_total_time_ms" doc:"from the start of the migration to its end in ms; null where no training row told"`
	TotalTimeInterval      *Interval     `json:"total_time_interval" doc:"where the total time lies, given that pre-copy switches over by itself; null where no training row told"`
	ConvergenceProbability float64       `json:"convergence_probability" doc:"probability of switching over by itself within timeout_s, or 30 rounds where no timeout is known"`
	ProbabilityWithinLimit *float64      `json:"probability_within_limit,omitempty" doc:"probability of switching over by itself with a pause within the limit asked about; absent unless asked for"`
	Support                Support       `json:"support" doc:"site where outcomes of this very site lie near, other-site where real migrations like it were seen elsewhere, else simulated"`
	PredictionID           string        `json:"prediction_id" doc:"the prediction itself, to be sent back with what came of the migration"`
	Model                  Identity      `json:"model" doc:"the model that answered"`
	Warnings               []string      `json:"warnings" doc:"what to beware of, in words"`
	WarningKinds           []WarningKind `json:"-"` // of the first of Warnings, one each; callers append their own behind them
	Hints                  []string      `json:"hints" doc:"what to measure to narrow the interval, and how"`
	Explanation            *Explanation  `json:"explanation,omitempty" doc:"why; absent unless asked for"`
}

// Interval holds a time with the probability Level.
type Interval struct {
	Lower float64 `json:"lower" doc:"lower end in ms"`
	Upper float64 `json:"upper" doc:"upper end in ms"`
	Level float64 `json:"level" doc:"probability of the time lying between the two"`
}

// Identity names the model that answered.
type Identity struct {
	ID        string     `json:"id" doc:"first 12 hexadecimal digits of the SHA-256 that ends the model's file"`
	TrainedAt *time.Time `json:"trained_at,omitempty" doc:"date that its maker gave it, else of its newest training row; absent where neither is known"`
}

// Support says what an answer rests on.
type Support string

// The kinds of support.
const (
	Site      Support = "site"       // migrations of this very site lie near
	OtherSite Support = "other-site" // real migrations like it were seen, but made elsewhere
	Simulated Support = "simulated"  // only simulated ones are like it
)

// Explanation divides a prediction among what is known: base times all factors is the prediction. The factors are
// Shapley values in log space (Shapley 1953), where the value of a subset of features is the model's own answer to
// somebody who knows only that subset. They are exact for up to 12 features; of more, what three and more of them do
// only together is estimated.
type Explanation struct {
	Base          float64        `json:"base" doc:"in ms: the answer to somebody who knows nothing"`
	Prediction    float64        `json:"prediction" doc:"predicted downtime in ms: base times all factors"`
	Contributions []Contribution `json:"contributions" doc:"one for each known feature, in the order of the feature table"`
}

// Contribution is the factor that one known feature has on the prediction.
type Contribution struct {
	Feature string  `json:"feature" doc:"name of the feature"`
	Value   any     `json:"value" doc:"what is known of it: a number, true or false, a name, or a dirty curve"`
	Factor  float64 `json:"factor" doc:"what knowing it multiplies the prediction by"`
}

// WarningKind says what a warning is about, for whoever counts them.
type WarningKind string

// The kinds of warnings.
const (
	NotConverging WarningKind = "not_converging" // pre-copy is not expected to switch over by itself
	OutsideRange  WarningKind = "outside_range"  // a feature is outside what the model was trained on
	Contradiction WarningKind = "contradiction"  // values do not fit one another, or hardly their unit
	NotMeasured   WarningKind = "not_measured"   // no migration of the site lies near
)

// Warn adds one warning, before any that has no kind.
func (p *Prediction) Warn(kind WarningKind, text string) {
	p.Warnings = append(p.Warnings, text)
	p.WarningKinds = append(p.WarningKinds, kind)
}
