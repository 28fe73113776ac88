package api

import (
	"maps"

	"github.com/danielgtaylor/huma/v2"
)

// exampleVM is a VM to show.
var exampleVM = map[string]any{
	"cpu_load": 75.5, "memory_usage": 68.2, "disk_io": 45.8, "network_bandwidth": 850.0,
	"memory_mib": 8192, "dirty_rate": 40, "downtime_limit_ms": 300, "vcpus": 4,
}

// The examples of bodies.
var (
	predictExamples = map[string]*huma.Example{
		"four": {
			Summary: "The four features of the first hour",
			Value:   some("cpu_load", "memory_usage", "disk_io", "network_bandwidth"),
		},
		"more":  {Summary: "What makes it surer", Value: exampleVM},
		"least": {Summary: "The least that is answered", Value: some("cpu_load", "memory_usage")},
	}
	recordExamples = map[string]*huma.Example{
		"features": {Summary: "Features beside the outcome", Value: with(map[string]any{
			"downtime_ms": 142.5, "total_time_ms": 9100, "status": "completed", "group": "web-1",
		})},
		"id": {Summary: "An outcome of a prediction", Value: map[string]any{"prediction_id": "p1.…", "downtime_ms": 142.5}},
		"array": {Summary: "Several at once", Value: []any{
			with(map[string]any{"downtime_ms": 142.5}), with(map[string]any{"status": "not_converged"}),
		}},
	}
	batchExample = []any{some("cpu_load", "memory_usage"), exampleVM}
)

// some returns a part of exampleVM.
func some(names ...string) map[string]any {
	chosen := map[string]any{}
	for _, name := range names {
		chosen[name] = exampleVM[name]
	}
	return chosen
}

// with returns exampleVM and more.
func with(more map[string]any) map[string]any {
	all := maps.Clone(exampleVM)
	maps.Copy(all, more)
	return all
}
