package metrics

import "slices"

// Names of the metrics. A histogram NAME has the series NAME_bucket, NAME_sum
// and NAME_count.
const (
	NamePredictions       = "vmmp_predictions_total"
	NamePredictedDowntime = "vmmp_predicted_downtime_seconds"
	NamePredictedTotal    = "vmmp_predicted_total_time_seconds"
	NameConfidence        = "vmmp_prediction_confidence_ratio"
	NameIntervalWidth     = "vmmp_prediction_interval_width_seconds"
	NameWarnings          = "vmmp_prediction_warnings_total"
	NamePredictionFaults  = "vmmp_prediction_rejected_total"

	NameHTTPRequests = "vmmp_http_requests_total"
	NameHTTPDuration = "vmmp_http_request_duration_seconds"
	NameHTTPInFlight = "vmmp_http_requests_in_flight"
	NameHTTPRejected = "vmmp_http_requests_rejected_total"
	NameHTTPPanics   = "vmmp_http_panics_total"

	NameModelInfo     = "vmmp_model_info"
	NameModelReloads  = "vmmp_model_reloads_total"
	NameRecorded      = "vmmp_migrations_recorded_total"
	NameHistoryErrors = "vmmp_history_errors_total"
	NameReady         = "vmmp_ready"
	NameBuildInfo     = "vmmp_build_info"

	NameOutcomes            = "vmmp_accuracy_outcomes"
	NameMatched             = "vmmp_accuracy_matched"
	NameMedianRelativeError = "vmmp_accuracy_median_relative_error_ratio"
	NameLogR2               = "vmmp_accuracy_log_r2"
	NameWithin25            = "vmmp_accuracy_within_25_percent_ratio"
	NameCoverage            = "vmmp_accuracy_interval_coverage_ratio"
	NameMeanConfidence      = "vmmp_accuracy_mean_confidence_ratio"
	NameSuccessRate         = "vmmp_migration_success_ratio"
	NameDowntimeAvoided     = "vmmp_downtime_avoided_seconds"
	NameCostSaved           = "vmmp_cost_saved"

	// Of a load on a machine, which `vmmp stress` shows.
	NameStressCPUTarget         = "vmmp_stress_cpu_target_ratio"
	NameStressCPUAchieved       = "vmmp_stress_cpu_achieved_ratio"
	NameStressDirtyTarget       = "vmmp_stress_dirty_target_bytes_per_second"
	NameStressDirty             = "vmmp_stress_dirty_bytes_per_second"
	NameStressWork              = "vmmp_stress_work_total"
	NameStressWorkers           = "vmmp_stress_workers"
	NameStressPredictedDowntime = "vmmp_stress_predicted_downtime_seconds"

	NameHostCPU     = "vmmp_host_cpu_usage_ratio"
	NameHostMemory  = "vmmp_host_memory_usage_ratio"
	NameHostDisk    = "vmmp_host_disk_io_bytes_per_second"
	NameHostNetwork = "vmmp_host_network_bytes_per_second"
)

var histograms = []string{
	NamePredictedDowntime, NamePredictedTotal, NameConfidence, NameIntervalWidth, NameHTTPDuration,
}

var others = []string{
	NamePredictions, NameWarnings, NamePredictionFaults,
	NameHTTPRequests, NameHTTPInFlight, NameHTTPRejected, NameHTTPPanics,
	NameModelInfo, NameModelReloads, NameRecorded, NameHistoryErrors, NameReady, NameBuildInfo,
	NameOutcomes, NameMatched, NameMedianRelativeError, NameLogR2, NameWithin25, NameCoverage, NameMeanConfidence,
	NameSuccessRate, NameDowntimeAvoided, NameCostSaved,
	NameStressCPUTarget, NameStressCPUAchieved, NameStressDirtyTarget, NameStressDirty, NameStressWork, NameStressWorkers,
	NameStressPredictedDowntime, NameHostCPU, NameHostMemory, NameHostDisk, NameHostNetwork,
}

// Names lists all metrics of this package in alphabetical order.
func Names() []string {
	names := slices.Concat(histograms, others)
	slices.Sort(names)
	return names
}

// Series lists what a query can ask for, in alphabetical order: Names, with the
// three series of each histogram instead of its name.
func Series() []string {
	series := slices.Clone(others)
	for _, h := range histograms {
		series = append(series, h+"_bucket", h+"_sum", h+"_count")
	}
	slices.Sort(series)
	return series
}
