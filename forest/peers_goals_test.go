//go:build bench

package forest

import (
	"io"
	"slices"
	"strings"
)

// peerGoal is a figure with the value that was asked for and the one that was hoped for.
type peerGoal struct {
	measure string
	sets    string // by letter; of several, the greatest value counts
	asked   string
	aim     string
	got     func(peerResults) float64
}

var peerGoals = []peerGoal{
	{"training: scikit-learn / vmmp", "a", "12", "18", timesOf(peerSklearn, fitSeconds)},
	{"training: scikit-learn / vmmp", "b", "8", "12", timesOf(peerSklearn, fitSeconds)},
	{"training: scikit-learn / vmmp", "c", "6", "10", timesOf(peerSklearn, fitSeconds)},
	{"training: ranger / vmmp", "b", "8", "12", timesOf(peerRanger, fitSeconds)},
	{"training, s", "d", "<= 60", "30", ofVMMP(fitSeconds)},
	{"training, peak GiB", "d", "<= 3", "", ofVMMP(func(r peerReport) float64 { return r.PeakBytes / (1 << 30) })},
	{"test R2: vmmp - scikit-learn", "a", "within 0.003", "", peerResults.r2Difference},
	{"test R2: vmmp - scikit-learn", "b", "within 0.003", "", peerResults.r2Difference},
	{"test R2: vmmp - scikit-learn", "c", "within 0.003", "", peerResults.r2Difference},
	{"one row: leaves / vmmp", "a", "3.5", "6", timesOfLeaves(rowSeconds)},
	{"one row: leaves / vmmp", "b", "3.5", "5", timesOfLeaves(rowSeconds)},
	{"one row: leaves / vmmp", "c", "2", "3", timesOfLeaves(rowSeconds)},
	{"one row: XGBoost / vmmp", "a", "50", "100", timesOf(peerXGBoost, rowSeconds)},
	{"one row: scikit-learn / vmmp", "a", "1000", "2000", timesOf(peerSklearn, rowSeconds)},
	{"batch: leaves / vmmp", "a", "6", "10", timesOfLeaves(batchSeconds)},
	{"batch: leaves / vmmp", "b", "", "", timesOfLeaves(batchSeconds)},
	{"batch: leaves / vmmp", "c", "", "", timesOfLeaves(batchSeconds)},
	{"batch: scikit-learn / vmmp", "a", "5", "8", timesOf(peerSklearn, batchSeconds)},
	{"batch: scikit-learn / vmmp", "b", "", "", timesOf(peerSklearn, batchSeconds)},
	{"batch: scikit-learn / vmmp", "c", "", "", timesOf(peerSklearn, batchSeconds)},
	{"bytes per node", "abcd", "<= 12", "8", ofVMMP(func(r peerReport) float64 { return r.NodeBytes })},
	{"allocations in PredictRow", "abcd", "0", "0", ofVMMP(func(r peerReport) float64 { return r.Allocations })},
}

// timesOf returns the ratio of a program's figure to vmmp's.
func timesOf(program string, figure peerFigure) func(peerResults) float64 {
	return func(r peerResults) float64 { return r.ratio(program, figure) }
}

// timesOfLeaves returns the ratio of the figure of leaves to vmmp's, measured in one process.
func timesOfLeaves(figure peerFigure) func(peerResults) float64 {
	return func(r peerResults) float64 { return r.leaves.ratio(figure) }
}

func ofVMMP(figure peerFigure) func(peerResults) float64 {
	return func(r peerResults) float64 { return r.median(peerVMMP, figure) }
}

// writeRow prints the goal, unless none of its sets was measured.
func (g peerGoal) writeRow(w io.Writer, results []peerResults) {
	var sets []string
	var values []float64
	for _, r := range results {
		if strings.Contains(g.sets, r.set.name) {
			sets, values = append(sets, r.set.name), append(values, g.got(r))
		}
	}
	if len(sets) > 0 {
		writeTableRow(w, g.measure, strings.Join(sets, ", "), g.asked, g.aim, significant(slices.Max(values)))
	}
}
