package render

import (
	"vmmp/pkg/prediction"
	"vmmp/pkg/stress"
)

// hostRow is what the machine did for a while, and the prediction of that. What is not known is null.
type hostRow struct {
	CPULoad                prediction.Number   `json:"cpu_load"`     // %
	MemoryUsage            prediction.Number   `json:"memory_usage"` // %
	DiskIO                 prediction.Number   `json:"disk_io"`      // MB/s
	NetworkMbps            prediction.Number   `json:"network_mbps"`
	DirtyRate              prediction.Number   `json:"dirty_rate"`         // MiB/s
	PredictedDowntime      prediction.Number   `json:"predicted_downtime"` // ms
	Interval               prediction.Interval `json:"interval"`
	ConvergenceProbability prediction.Number   `json:"convergence_probability"`
}

func newHostRow(o Observation) hostRow {
	return hostRow{
		CPULoad: prediction.Number(o.Host.CPUPercent), MemoryUsage: prediction.Number(o.Host.MemoryPercent),
		DiskIO: prediction.Number(o.Host.DiskMBps), NetworkMbps: prediction.Number(o.Host.TrafficMbps),
		DirtyRate:         prediction.Number(o.DirtyRate),
		PredictedDowntime: prediction.Number(o.Prediction.PredictedDowntime), Interval: o.Prediction.Interval,
		ConvergenceProbability: prediction.Number(o.Prediction.ConvergenceProbability),
	}
}

// stressorRow is what one stressor did. Target and achieved are of one worker in the mean, the work is that of all.
type stressorRow struct {
	Name       stress.Stressor   `json:"name"`
	Workers    int               `json:"workers"`
	Target     prediction.Number `json:"target"`
	Achieved   prediction.Number `json:"achieved"`
	TargetUnit *string           `json:"target_unit"` // null where there is no target
	WorkRate   prediction.Number `json:"work_rate"`
	Unit       string            `json:"unit"` // of the work rate
}

func newStressorRows(s stress.Status) []stressorRow {
	rows := make([]stressorRow, 0, len(s.Stressors))
	for _, r := range s.Stressors {
		target, work := r.Stressor.Units()
		row := stressorRow{
			Name: r.Stressor, Workers: r.Workers, Unit: work.Name,
			Target: prediction.Number(r.Target / target.Size), Achieved: prediction.Number(r.Achieved / target.Size),
			WorkRate: prediction.Number(r.Work / work.Size),
		}
		if target.Name != "" {
			row.TargetUnit = &target.Name
		}
		rows = append(rows, row)
	}
	return rows
}

// loadRow is one second of a load.
type loadRow struct {
	Elapsed float64 `json:"elapsed_seconds"`
	hostRow
	Stressors []stressorRow `json:"stressors"`
}

func newLoadRow(o Observation) loadRow {
	return loadRow{o.Load.Elapsed.Seconds(), newHostRow(o), newStressorRows(o.Load)}
}

// LoadResult is what came of a load, from the end of its ramp, as it stands in JSON.
type LoadResult struct {
	Elapsed     float64       `json:"elapsed_seconds"`
	Interrupted bool          `json:"interrupted"`
	Quiet       hostRow       `json:"quiet"`
	Loaded      *hostRow      `json:"loaded"` // null where the load ended before it was looked at
	Stressors   []stressorRow `json:"stressors"`
}

// NewLoadResult returns the result of a load.
func NewLoadResult(s LoadSummary) LoadResult {
	row := LoadResult{
		Elapsed: s.Load.Elapsed.Seconds(), Interrupted: s.Interrupted,
		Quiet: newHostRow(s.Quiet), Stressors: newStressorRows(s.Load),
	}
	if s.Loaded != nil {
		loaded := newHostRow(*s.Loaded)
		row.Loaded = &loaded
	}
	return row
}
