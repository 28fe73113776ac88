package learn

import (
	"cmp"
	"math"
	"slices"
	"time"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/history"
	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

// Business is what an operator configured to have downtime judged by. The zero
// value of a field means that it is not configured.
type Business struct {
	DowntimeLimit    time.Duration // the longest pause of a successful migration
	BaselineDowntime time.Duration // the pause of a migration without vmmp
	PricePerSecond   float64       // of downtime, in Currency
	Currency         string        // such as EUR; only ever shown
}

// Accuracy says how right the predictions have been. Its JSON is a contract. It is
// not to be written to, but for Model.
type Accuracy struct {
	// Model is left to the caller: the migrations do not tell which model answers
	// now, and their predictions may be of several.
	Model       prediction.Identity `json:"model" doc:"the model that answers now; the figures are of whichever model predicted"`
	Assessed    int                 `json:"assessed" doc:"recorded migrations that were looked at"`
	Truncated   bool                `json:"truncated" doc:"older ones were left out"`
	Windows     []Window            `json:"windows" doc:"one for each span of time and source"`
	Currency    string              `json:"currency" doc:"of cost_saved; empty where none is configured"`
	Definitions map[string]string   `json:"definitions" doc:"what each figure means, with the configured values"`
}

// Window is the figures of one source in one span of time. Shares and errors are
// fractions; what the migrations do not define is NaN.
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

// Value is the business figures of a window, as the package's comment defines them.
type Value struct {
	SuccessRate      prediction.Number `json:"success_rate" doc:"share of migrations whose end is known that completed by themselves, within the configured downtime limit"`
	DowntimeAvoidedS prediction.Number `json:"downtime_avoided_s" doc:"seconds of pause less than with the configured baseline; null without one"`
	CostSaved        prediction.Number `json:"cost_saved" doc:"downtime_avoided_s times the configured price; null without one"`
}

// AllSources is the source of a Window that counts every real migration, which is
// every one but those of migration.SourcePrecopy.
const AllSources = "all"

// period is a span of time up to now.
type period struct {
	name   string
	length time.Duration // 0: since ever
}

const day = 24 * time.Hour

var periods = []period{{"24h", day}, {"7d", 7 * day}, {"30d", 30 * day}, {"all", 0}}

// Assess says how right the predictions of entries have been, as of now. Their
// order is of no matter.
func Assess(entries []history.Entry, now time.Time, b Business) Accuracy {
	samples := make([]sample, len(entries))
	for i := range entries {
		samples[i] = newSample(&entries[i])
	}
	return assess(samples, now, b)
}

// assess sorts the samples, since sums of floating-point numbers depend on their
// order.
func assess(samples []sample, now time.Time, b Business) Accuracy {
	slices.SortFunc(samples, func(x, y sample) int { return cmp.Compare(y.id, x.id) })
	a := Accuracy{Assessed: len(samples), Currency: b.Currency, Definitions: definitions(b)}
	var t tally
	for i := range periods {
		for _, source := range sourcesOf(samples) {
			t.reset()
			for k := range samples {
				if s := &samples[k]; s.of(source) && s.within(&periods[i], now) {
					t.add(s, b)
				}
			}
			a.Windows = append(a.Windows, t.window(periods[i].name, source, b))
		}
	}
	return a
}

// sourcesOf lists AllSources and every source that occurs.
func sourcesOf(samples []sample) []string {
	found := map[string]bool{}
	for i := range samples {
		found[string(samples[i].source)] = true
	}
	sources := []string{AllSources}
	for _, known := range migration.Sources {
		if found[string(known)] {
			sources = append(sources, string(known))
			delete(found, string(known))
		}
	}
	first := len(sources)
	for newer := range found { // of a vmmp that knows more sources
		sources = append(sources, newer)
	}
	slices.Sort(sources[first:])
	return sources
}

// tally counts up one window.
type tally struct {
	outcomes, askedBefore int
	ended, successes      int
	avoidedMS             float64
	actual                []float64
	summaries             []prediction.Summary
}

// reset forgets everything but the memory it lies in.
func (t *tally) reset() { *t = tally{actual: t.actual[:0], summaries: t.summaries[:0]} }

func (t *tally) add(s *sample, b Business) {
	t.outcomes++
	if success, known := s.success(b.DowntimeLimit); known {
		t.ended++
		if success {
			t.successes++
		}
	}
	if s.moved {
		t.avoidedMS += inMS(b.BaselineDowntime) - s.downtimeMS
	}
	if s.matched {
		t.actual, t.summaries = append(t.actual, s.downtimeMS), append(t.summaries, s.summary)
	}
	if s.askedBefore {
		t.askedBefore++
	}
}

func (t *tally) window(period, source string, b Business) Window {
	m := evaluate.ScoreSummaries(t.actual, t.summaries)
	return Window{
		Window: period, Source: source, Outcomes: t.outcomes, Matched: m.Rows, AskedBefore: t.askedBefore,
		MedianRelativeError: m.MedianRelativeError, LogR2: m.LogR2, Within25: m.Within25,
		Coverage90: m.Coverage90, MeanConfidence: m.MeanConfidence,
		Business: t.value(b),
	}
}

func (t *tally) value(b Business) Value {
	unknown := prediction.Number(math.NaN())
	v := Value{SuccessRate: prediction.Finite(float64(t.successes) / float64(t.ended)), DowntimeAvoidedS: unknown, CostSaved: unknown}
	if b.BaselineDowntime > 0 {
		v.DowntimeAvoidedS = prediction.Finite(t.avoidedMS / 1000)
		if b.PricePerSecond > 0 {
			v.CostSaved = prediction.Finite(float64(v.DowntimeAvoidedS) * b.PricePerSecond)
		}
	}
	return v
}
