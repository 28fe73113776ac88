package metrics

import "slices"

// Values of the label endpoint: what predictions are asked of.
const (
	EndpointPredict  = "predict"
	EndpointBatch    = "batch"
	EndpointSimulate = "simulate"
)

// Values of the label support: whether real migrations lie near what was asked.
const (
	SupportSite      = "site"
	SupportOtherSite = "other-site"
	SupportSimulated = "simulated"
)

// Values of the label kind of warnings.
const (
	WarningOutsideRange  = "outside_range"  // a feature is outside the training range
	WarningNotConverging = "not_converging" // pre-copy is not expected to switch over by itself
	WarningNotMeasured   = "not_measured"   // no real migration lies near
	WarningUnknownField  = "unknown_field"  // a field was ignored
	WarningContradiction = "contradiction"  // values do not fit one another, or hardly their unit
	WarningOther         = "other"
)

// Values of the label reason of rejected requests: why a request never reached, or was not taken by, the operation it
// asked for.
const (
	RejectedMethod    = "method"     // 405
	RejectedNotFound  = "not_found"  // 404
	RejectedTooLarge  = "too_large"  // 413
	RejectedMediaType = "media_type" // 415
	RejectedInvalid   = "invalid"    // 400 or 422
	RejectedTimeout   = "timeout"    // 408, or the client was too slow
	RejectedOverload  = "overload"   // 429 or 503
)

// Values of the label result of model reloads.
const (
	ReloadSucceeded = "success"
	ReloadFailed    = "failure" // the model in use stayed
)

// Values of the label operation of history errors.
const (
	HistoryAppend = "append"
	HistoryRead   = "read"
	HistoryPrune  = "prune"
	HistoryPing   = "ping"
)

// Other stands for a route, method or source that is not on the list.
const Other = "other"

// The values that are shown as 0 from the start. Sources and statuses are those of recorded migrations, modes those of
// GET /simulate.
var (
	endpoints = []string{EndpointPredict, EndpointBatch, EndpointSimulate}
	supports  = []string{SupportSite, SupportOtherSite, SupportSimulated}
	warnings  = []string{
		WarningOutsideRange, WarningNotConverging, WarningNotMeasured, WarningUnknownField,
		WarningContradiction, WarningOther,
	}
	reasons = []string{
		RejectedMethod, RejectedNotFound, RejectedTooLarge, RejectedMediaType, RejectedInvalid,
		RejectedTimeout, RejectedOverload,
	}
	reloads    = []string{ReloadSucceeded, ReloadFailed}
	operations = []string{HistoryAppend, HistoryRead, HistoryPrune, HistoryPing}
	sources    = []string{"lab", "precopy", "libvirt", "qemu", "prometheus", "kubernetes", "proxmox", "api"}
	statuses   = []string{"completed", "forced", "not_converged", "failed"}
	modes      = []string{"single", "continuous", "stress", "fleet"}
)

// The values that are shown where there is something to show: where the training rows of a model came from, and what
// the accuracy is of.
var (
	trainingSources = []string{"recorded", "history", "demo", "fleet", Other}
	accuracySources = append([]string{"all"}, sources...)
	windows         = []string{"24h", "7d", "30d", "all"}
	stressorNames   = []string{"cpu", "vm", "io", "hdd"}
)

// oneOf returns the value, or Other if it is not on the list.
func oneOf(list []string, value string) string {
	if slices.Contains(list, value) {
		return value
	}
	return Other
}
