package accuracy

import (
	"time"

	"vmmp/pkg/prediction"
)

// Business holds what an operator configured to have downtime judged by. The zero value of a field means that it is not
// configured.
type Business struct {
	DowntimeLimit    time.Duration // the longest pause of a successful migration
	BaselineDowntime time.Duration // the pause of a migration without vmmp
	PricePerSecond   float64       // of downtime, in Currency
	Currency         string        // such as EUR; only ever shown
}

// Accuracy says how right the predictions have been. Its JSON is a contract. It is not to be written to, but for Model.
type Accuracy struct {
	// Model is left to the caller: the migrations do not tell which model answers now, and their predictions may be of
	// several.
	Model       prediction.Identity `json:"model" doc:"the model that answers now; the figures are of whichever model predicted"`
	Assessed    int                 `json:"assessed" doc:"recorded migrations that were looked at"`
	Truncated   bool                `json:"truncated" doc:"older ones were left out"`
	Windows     []Window            `json:"windows" doc:"one for each span of time and source"`
	Currency    string              `json:"currency" doc:"of cost_saved; empty where none is configured"`
	Definitions map[string]string   `json:"definitions" doc:"what each figure means, with the configured values"`
}

// Window holds the figures of one source in one span of time. Shares and errors are fractions; what the migrations do
// not define is NaN.
type Window struct {
	Window      string `json:"window" doc:"24h, 7d, 30d or all: the migrations since then"`
	Source      string `json:"source" doc:"where the migrations come from, or all for every real one"`
	Outcomes    int    `json:"outcomes" doc:"recorded migrations"`
	Matched     int    `json:"matched" doc:"those that switched over by themselves and whose predicted downtime is known"`
	AskedBefore int    `json:"asked_before" doc:"those of them whose prediction was made before the migration"`

	MedianRelativeError prediction.Number `json:"median_relative_error" doc:"of |predicted - real| / real"`
	LogR2               prediction.Number `json:"log_r2" doc:"share of the variance of the downtime's logarithm that is explained"`
	Within25            prediction.Number `json:"within_25_percent" doc:"share of predictions that were off by at most a quarter of the real downtime"`
	Coverage90          prediction.Number `json:"coverage_90" doc:"share of downtimes that lay in their 90 % interval"`
	MeanConfidence      prediction.Number `json:"mean_confidence" doc:"mean of the stated confidence; honest where it agrees with within_25_percent"`

	Business Value `json:"business" doc:"what it means for the operator"`
}

// Value holds the business figures of a window, as the package's comment defines them.
type Value struct {
	SuccessRate      prediction.Number `json:"success_rate" doc:"share of migrations whose end is known that completed by themselves, within the configured downtime limit"`
	DowntimeAvoidedS prediction.Number `json:"downtime_avoided_s" doc:"seconds of pause less than with the configured baseline; null without one"`
	CostSaved        prediction.Number `json:"cost_saved" doc:"downtime_avoided_s times the configured price; null without one"`
}

// AllSources is the source of a Window that counts every real migration, which is every one but those of
// migration.SourcePrecopy.
const AllSources = "all"
