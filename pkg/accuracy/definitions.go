package accuracy

import (
	"fmt"
	"strings"
)

// definitions returns in words what each figure means, with the configured values.
func definitions(b Business) map[string]string {
	return map[string]string{
		"window": "the migrations since then, by their own time, or where that is unknown by when " +
			"they were recorded",
		"source": "where the migrations come from; all is every real one together, simulated ones " +
			"(precopy) stand on their own",
		"outcomes": "recorded migrations",
		"matched": "migrations that switched over by themselves and whose predicted downtime is " +
			"known; the accuracy is theirs",
		"asked_before": "matched migrations whose prediction was made before them; of the others it was " +
			"made of the recorded features when the outcome came in",
		"median_relative_error": "median of |predicted - real| / real downtime",
		"log_r2": "share of the variance of the downtime's logarithm that the predictions explain; 1 " +
			"is best, below 0 is worse than the mean",
		"within_25_percent":  "share of predictions that were off by at most a quarter of the real downtime",
		"coverage_90":        "share of real downtimes that lay within their predicted 90 % interval; 0.9 is honest",
		"mean_confidence":    "mean of the stated confidence; honest where it agrees with within_25_percent",
		"success_rate":       successRate(b),
		"downtime_avoided_s": downtimeAvoided(b),
		"cost_saved":         costSaved(b),
	}
}

func successRate(b Business) string {
	limit := "however long the pause, since no downtime limit is configured"
	if b.DowntimeLimit > 0 {
		limit = fmt.Sprintf("and paused the guest for at most %s, the configured downtime limit", b.DowntimeLimit)
	}
	return "share of the migrations whose end is known that completed by themselves, " + limit +
		"; forced, not_converged and failed ones are no successes"
}

const noBaseline = "unknown, since no baseline downtime is configured"

func downtimeAvoided(b Business) string {
	if b.BaselineDowntime <= 0 {
		return noBaseline
	}
	return fmt.Sprintf("sum over the migrations that moved their guest of %s, the configured baseline downtime, "+
		"minus their downtime, in seconds; negative where the pauses were longer", b.BaselineDowntime)
}

func costSaved(b Business) string {
	switch {
	case b.BaselineDowntime <= 0:
		return noBaseline
	case !(b.PricePerSecond > 0):
		return "unknown, since no price of a second of downtime is configured"
	}
	price := strings.TrimSpace(fmt.Sprintf("%g %s", b.PricePerSecond, b.Currency))
	return "downtime_avoided_s times " + price + ", the configured price of a second"
}
