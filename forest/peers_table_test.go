//go:build bench

package forest

import (
	"fmt"
	"io"
	"math"
	"runtime"
	"strconv"
	"strings"
)

// peerFigure is one of the figures of a report.
type peerFigure func(peerReport) float64

func fitSeconds(r peerReport) float64   { return r.FitSeconds }
func peakBytesOf(r peerReport) float64  { return r.PeakBytes }
func modelBytes(r peerReport) float64   { return r.ModelBytes }
func rowSeconds(r peerReport) float64   { return r.RowSeconds }
func batchSeconds(r peerReport) float64 { return 1 / r.BatchPerSec }

const peerNotes = `
Training is the call alone, the data being in memory, once in a fresh process. Peak memory is of that process until the
forest is trained: the data, the interpreter and its libraries count. One row is the median of many different ones, asked
about one by one: scikit-learn, ranger and XGBoost with two threads and with one, of which the better counts. Batch is all
test rows at once. The model is as the program saves it: AppendBinary, pickle, serialize, UBJSON. XGBoost draws 0.632 of the
rows without replacement, with tree_method exact. leaves reads vmmp's own forest as LightGBM's text, and both are timed in
turn within one process.
`

// writePeerTables prints the figures and the goals as Markdown.
func writePeerTables(w io.Writer, results []peerResults) {
	fmt.Fprintf(w, "\n%d trees, fully grown, all columns tried at each split, a bootstrap each; ", peerTrees)
	fmt.Fprintf(w, "%d threads (%d processors).\n", peerThreads, runtime.NumCPU())
	fmt.Fprintf(w, "Medians of %d splits (R2: mean) with %d test rows; programs in turn, a process each for each split.\n",
		len(results[0].reports[peerVMMP]), peerTestRows)
	fmt.Fprintf(w, "%s. `x`: how many times as long as vmmp.\n\n", peerVersions(results))
	writeTableHead(w, "set", "program", "training, s", "x", "peak, MiB", "test R2", "one row, us", "x",
		"batch, 1000 rows/s", "x", "model, MiB")
	for _, r := range results {
		r.writeRows(w)
	}
	fmt.Fprint(w, peerNotes, "\n")
	writeTableHead(w, "measure", "set", "asked", "aim", "got")
	for _, g := range peerGoals {
		g.writeRow(w, results)
	}
	fmt.Fprintln(w)
}

// writeRows prints the figures of one set, a row per program.
func (r peerResults) writeRows(w io.Writer) {
	title := r.set.name + ": " + r.set.title
	for _, program := range []string{peerVMMP, peerSklearn, peerRanger, peerXGBoost} {
		if r.reports[program] == nil {
			continue
		}
		ratio := func(figure peerFigure) string {
			if program == peerVMMP {
				return ""
			}
			return significant(r.ratio(program, figure))
		}
		writeTableRow(w, title, program,
			significant(r.median(program, fitSeconds)), ratio(fitSeconds),
			significant(r.median(program, peakBytesOf)/(1<<20)), fmt.Sprintf("%.4f", r.meanR2(program)),
			significant(1e6*r.median(program, rowSeconds)), ratio(rowSeconds),
			significant(1e-3/r.median(program, batchSeconds)), ratio(batchSeconds),
			significant(r.median(program, modelBytes)/(1<<20)))
		title = ""
	}
	if !r.set.alone {
		writeTableRow(w, "", peerLeaves, "", "", "", "",
			significant(1e6*r.leaves.Theirs.RowSeconds), significant(r.leaves.ratio(rowSeconds)),
			significant(1e-3*r.leaves.Theirs.BatchPerSec), significant(r.leaves.ratio(batchSeconds)), "")
	}
}

// ratio returns the ratio of a program's figure to vmmp's.
func (r peerResults) ratio(program string, figure peerFigure) float64 {
	return r.median(program, figure) / r.median(peerVMMP, figure)
}

func (r leavesReport) ratio(figure peerFigure) float64 { return figure(r.Theirs) / figure(r.Ours) }

// peerVersions returns the names of the programs with their versions.
func peerVersions(results []peerResults) string {
	var names []string
	for _, program := range []string{peerVMMP, peerSklearn, peerRanger, peerXGBoost} {
		for _, r := range results {
			if reports := r.reports[program]; reports != nil {
				names = append(names, program+" "+reports[0].Version)
				break
			}
		}
	}
	return strings.Join(names, ", ")
}

func writeTableRow(w io.Writer, cells ...string) {
	fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | "))
}

func writeTableHead(w io.Writer, cells ...string) {
	writeTableRow(w, cells...)
	fmt.Fprintln(w, strings.Repeat("|---", len(cells))+"|")
}

// significant writes v with three figures, and without an exponent.
func significant(v float64) string {
	if v == 0 {
		return "0"
	}
	before := int(math.Floor(math.Log10(math.Abs(v)))) + 1
	return strconv.FormatFloat(v, 'f', max(0, 3-before), 64)
}
