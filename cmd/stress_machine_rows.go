package cmd

import (
	"vmmp/pkg/prediction"
	"vmmp/pkg/stress"
)

// hostRow is what the machine did for a while, and the prediction of that. What is
// not known is null.
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

func newHostRow(o observation) hostRow {
	return hostRow{
		CPULoad: prediction.Number(o.host.CPUPercent), MemoryUsage: prediction.Number(o.host.MemoryPercent),
		DiskIO: prediction.Number(o.host.DiskMBps), NetworkMbps: prediction.Number(o.host.TrafficMbps),
		DirtyRate:         prediction.Number(o.dirtyRate),
		PredictedDowntime: prediction.Number(o.prediction.PredictedDowntime), Interval: o.prediction.Interval,
		ConvergenceProbability: prediction.Number(o.prediction.ConvergenceProbability),
	}
}

// stressorRow is what one stressor did. Target and achieved are of one worker in the
// mean, the work is that of all.
type stressorRow struct {
	Name       stress.Stressor   `json:"name"`
	Workers    int               `json:"workers"`
	Target     prediction.Number `json:"target"`
	Achieved   prediction.Number `json:"achieved"`
	TargetUnit *string           `json:"target_unit"` // null where there is no target
	WorkRate   prediction.Number `json:"work_rate"`
	Unit       string            `json:"unit"` // of the work rate
}

// measure says in which units a stressor is reported, and how many of its own make
// one of those.
type measure struct {
	target, work string
	perTarget    float64
	perWork      float64
}

var measures = map[stress.Stressor]measure{
	stress.CPU: {target: "%", perTarget: 0.01, work: "ops/s", perWork: 1},
	stress.VM:  {target: "MiB/s", perTarget: 1 << 20, work: "MiB/s", perWork: 1 << 20},
	stress.IO:  {perTarget: 1, work: "syncs/s", perWork: 1},
	stress.HDD: {perTarget: 1, work: "MB/s", perWork: 1e6},
}

func newStressorRows(s stress.Status) []stressorRow {
	rows := make([]stressorRow, 0, len(s.Stressors))
	for _, r := range s.Stressors {
		m := measures[r.Stressor]
		row := stressorRow{
			Name: r.Stressor, Workers: r.Workers, Unit: m.work,
			Target: prediction.Number(r.Target / m.perTarget), Achieved: prediction.Number(r.Achieved / m.perTarget),
			WorkRate: prediction.Number(r.Work / m.perWork),
		}
		if m.target != "" {
			row.TargetUnit = &m.target
		}
		rows = append(rows, row)
	}
	return rows
}

// machineRow is one second of a load.
type machineRow struct {
	Elapsed float64 `json:"elapsed_seconds"`
	hostRow
	Stressors []stressorRow `json:"stressors"`
}

func newMachineRow(o observation) machineRow {
	return machineRow{o.load.Elapsed.Seconds(), newHostRow(o), newStressorRows(o.load)}
}

// summaryRow is what came of a load, from the end of its ramp.
type summaryRow struct {
	Elapsed     float64       `json:"elapsed_seconds"`
	Interrupted bool          `json:"interrupted"`
	Quiet       hostRow       `json:"quiet"`
	Loaded      *hostRow      `json:"loaded"` // null where the load ended before it was looked at
	Stressors   []stressorRow `json:"stressors"`
}

func newSummaryRow(s machineSummary) summaryRow {
	row := summaryRow{
		Elapsed: s.load.Elapsed.Seconds(), Interrupted: s.interrupted,
		Quiet: newHostRow(s.quiet), Stressors: newStressorRows(s.load),
	}
	if s.loaded != nil {
		loaded := newHostRow(*s.loaded)
		row.Loaded = &loaded
	}
	return row
}
