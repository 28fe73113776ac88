//go:build bench

package forest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// answerAsPeer does the job of a child process and prints the report.
func answerAsPeer(t *testing.T, child string, arguments []string) {
	j, err := parsePeerJob(arguments)
	if err != nil {
		t.Fatal(err)
	}
	var report any
	switch child {
	case peerVMMP:
		report, err = j.measureForest(t)
	case peerLeaves:
		report, err = j.compareWithLeaves()
	default:
		err = fmt.Errorf("no such program: %s", child)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(report); err != nil {
		t.Fatal(err)
	}
}

// fit grows the forest of the job. Quantiles are vmmp's alone: no other program keeps anything for them.
func (j peerJob) fit(train Data) (*Forest, error) {
	return Fit(context.Background(), train, Config{Trees: j.trees, LeafSamples: -1, Workers: j.threads, Seed: j.seed})
}

// measureForest returns the report of vmmp.
func (j peerJob) measureForest(t *testing.T) (r peerReport, err error) {
	train, err := readPeerData(j.folder, "train", j.columns)
	if err != nil {
		return r, err
	}
	start := time.Now()
	f, err := j.fit(train)
	if err != nil {
		return r, err
	}
	r.FitSeconds = time.Since(start).Seconds()
	if r.PeakBytes, err = peakBytes(); err != nil {
		return r, err
	}
	test, err := readPeerData(j.folder, "test", j.columns)
	if err != nil {
		return r, err
	}
	x := test.X.(*mat.Dense)
	r.Version = runtime.Version()
	r.R2 = stat.RSquaredFrom(f.Predict(nil, x), test.Y, nil)
	p := asPredictor(f)
	r.RowSeconds, r.BatchPerSec = p.rowSeconds(x), p.batchPerSec(x)
	r.ModelBytes = float64(len(mustEncode(t, f)))
	r.NodeBytes = nodeBytes(f)
	r.Allocations = testing.AllocsPerRun(100, func() { f.PredictRow(x.RawRowView(0)) })
	return r, nil
}

// peakBytes returns the peak memory of this process. getrusage would include that of its parent before the start of
// this program.
func peakBytes() (float64, error) {
	const path = "/proc/self/status"
	status, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	line, _, _ := strings.Cut(rest, "kB")
	kib, err := strconv.ParseFloat(strings.TrimSpace(line), 64)
	if err != nil {
		return 0, fmt.Errorf("read VmHWM of %s: %w", path, err)
	}
	return kib * 1024, nil
}

// nodeBytes returns the memory of a node, in bytes, without its left share.
func nodeBytes(f *Forest) float64 {
	positions, nodes := 0, 0
	for i := range f.blocks {
		positions += cap(f.blocks[i].nodes)
	}
	for i := range f.trees {
		b, root := f.locate(i)
		b.eachNode(root, func(uint64) { nodes++ })
	}
	return 8 * float64(positions) / float64(nodes)
}

// predictor is a forest's predictions by one program.
type predictor struct {
	row   func(row []float64) float64
	batch func(dst []float64, x *mat.Dense)
}

func asPredictor(f *Forest) predictor {
	return predictor{
		row:   f.PredictRow,
		batch: func(dst []float64, x *mat.Dense) { f.Predict(dst, x) },
	}
}

// Settings of the timing of a predictor. A row takes little more than reading the clock, so many are timed together,
// and as different ones as there are. Short runs are timed more often, in all programs, since they are sensitive to
// every disturbance.
const (
	rowsOfPass   = 2_000
	leastPasses  = 3
	leastSeconds = 0.5
)

// rowSeconds returns the time of a prediction for one row of x, one by one.
func (p predictor) rowSeconds(x *mat.Dense) float64 {
	return medianSeconds(func() {
		for i := range rowsOfPass {
			p.row(x.RawRowView(i))
		}
	}) / rowsOfPass
}

// batchPerSec returns the number of rows predicted per second, all together.
func (p predictor) batchPerSec(x *mat.Dense) float64 {
	rows, _ := x.Dims()
	dst := make([]float64, rows)
	return float64(rows) / medianSeconds(func() { p.batch(dst, x) })
}

// medianSeconds returns the median time of a call.
func medianSeconds(call func()) float64 {
	var took []float64
	for sum := 0.0; len(took) < leastPasses || sum < leastSeconds; sum += took[len(took)-1] {
		start := time.Now()
		call()
		took = append(took, time.Since(start).Seconds())
	}
	return middle(took)
}

// middle returns the median of values, which it sorts.
func middle(values []float64) float64 {
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}
