package metrics

// Names of the metrics. A histogram NAME has the series NAME_bucket, NAME_sum and NAME_count.
const (
	NamePredictions        = "vmmp_predictions_total"
	NamePredictionDuration = "vmmp_prediction_duration_seconds"
	NamePredictedDowntime  = "vmmp_predicted_downtime_seconds"
	NamePredictedTotal     = "vmmp_predicted_total_time_seconds"
	NameConfidence         = "vmmp_prediction_confidence_ratio"
	NameIntervalWidth      = "vmmp_prediction_interval_width_seconds"
	NameWarnings           = "vmmp_prediction_warnings_total"
	NamePredictionFaults   = "vmmp_prediction_rejected_total"
	NameSimulated          = "vmmp_simulated_migrations_total"

	NameHTTPRequests = "vmmp_http_requests_total"
	NameHTTPDuration = "vmmp_http_request_duration_seconds"
	NameHTTPInFlight = "vmmp_http_requests_in_flight"
	NameHTTPRejected = "vmmp_http_requests_rejected_total"
	NameHTTPPanics   = "vmmp_http_panics_total"

	NameModelInfo                = "vmmp_model_info"
	NameModelTrained             = "vmmp_model_trained_timestamp_seconds"
	NameModelLoaded              = "vmmp_model_loaded_timestamp_seconds"
	NameModelTrainingRows        = "vmmp_model_training_rows"
	NameModelTestRows            = "vmmp_model_test_rows"
	NameModelMedianRelativeError = "vmmp_model_test_median_relative_error_ratio"
	NameModelCoverage            = "vmmp_model_test_interval_coverage_ratio"
	NameModelLogR2               = "vmmp_model_test_log_r2"
	NameModelReloads             = "vmmp_model_reloads_total"

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

	// Of the VMs of the platforms that are watched.
	NameVMDowntime      = "vmmp_vm_predicted_downtime_seconds"
	NameVMDowntimeUpper = "vmmp_vm_predicted_downtime_upper_seconds"
	NameVMTotal         = "vmmp_vm_predicted_total_time_seconds"
	NameVMConvergence   = "vmmp_vm_convergence_ratio"
	NameVMObserved      = "vmmp_vm_observed_timestamp_seconds"

	// Of a load on a machine, which `vmmp stress` shows.
	NameStressCPUTarget         = "vmmp_stress_cpu_target_ratio"
	NameStressCPUAchieved       = "vmmp_stress_cpu_achieved_ratio"
	NameStressDirtyTarget       = "vmmp_stress_dirty_target_bytes_per_second"
	NameStressDirty             = "vmmp_stress_dirty_bytes_per_second"
	NameStressWork              = "vmmp_stress_work_total"
	NameStressWorkers           = "vmmp_stress_workers"
	NameStressPredictedDowntime = "vmmp_stress_predicted_downtime_seconds"

	// Of the machine, which both show.
	NameHostCPU         = "vmmp_host_cpu_usage_ratio"
	NameHostCPUs        = "vmmp_host_cpus"
	NameHostMemory      = "vmmp_host_memory_usage_ratio"
	NameHostMemoryBytes = "vmmp_host_memory_bytes"
	NameHostDisk        = "vmmp_host_disk_io_bytes_per_second"
	NameHostNetwork     = "vmmp_host_network_bytes_per_second"
)
