//go:build bench

package forest

import (
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	peerSplits = 5 // of each set into training and test rows

	// Larger differences are not due to chance: programs that disagree do not do the same work.
	farFromSklearn = 0.02
	farFromLeaves  = 1e-9
)

// TestBenchPeers prints how fast and how accurate the forest is compared with other programs on the same data and
// settings. It fails if a program is missing or its predictions differ, and asserts nothing about speed, which depends
// on the machine as much as of the program.
//
// PEERS_SETS=a,b restricts it to some sets, PEERS_REPEATS=3 to fewer splits.
func TestBenchPeers(t *testing.T) {
	// Each measurement runs in a process of its own, which is this binary if it is ours.
	if child := os.Getenv(childVariable); child != "" {
		answerAsPeer(t, child, flag.Args())
		return
	}
	sets, splits, err := peerPlan(os.Getenv("PEERS_SETS"), os.Getenv("PEERS_REPEATS"))
	if err != nil {
		t.Fatal(err)
	}
	peers, err := findPeers()
	if err != nil {
		t.Fatal(err)
	}
	var results []peerResults
	for _, s := range sets {
		results = append(results, measurePeers(t, s, peers, splits))
	}
	writePeerTables(os.Stdout, results)
	for _, r := range results {
		r.check(t)
	}
}

// peerPlan returns which sets to measure and how many splits of each.
func peerPlan(names, repeats string) (sets []peerSet, splits int, err error) {
	splits = peerSplits
	if repeats != "" {
		if splits, err = strconv.Atoi(repeats); err != nil || splits < 1 {
			return nil, 0, fmt.Errorf("PEERS_REPEATS is %q, want a number of at least 1", repeats)
		}
	}
	if names == "" {
		return peerSets, splits, nil
	}
	for name := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(peerSets, func(s peerSet) bool { return s.name == name })
		if i < 0 {
			return nil, 0, fmt.Errorf("PEERS_SETS names no set %q", name)
		}
		sets = append(sets, peerSets[i])
	}
	return sets, splits, nil
}

// peerResults holds all reports on one set.
type peerResults struct {
	set     peerSet
	reports map[string][]peerReport // by program, a report per split
	leaves  leavesReport
}

// measurePeers measures the programs in turn on each split, so that other load on the machine affects all of them.
func measurePeers(t *testing.T, s peerSet, peers []peer, splits int) peerResults {
	t.Helper()
	if s.alone {
		peers = peers[:1]
	}
	r := peerResults{set: s, reports: make(map[string][]peerReport)}
	j := peerJob{folder: t.TempDir(), columns: s.columns, trees: peerTrees, threads: peerThreads}
	for i := range splits {
		j.seed = uint64(i + 1)
		if err := s.write(j.folder, j.seed); err != nil {
			t.Fatal(err)
		}
		for _, p := range peers {
			var report peerReport
			if err := p.run(j, &report); err != nil {
				t.Fatal(err)
			}
			r.reports[p.name] = append(r.reports[p.name], report)
			seconds := significant(report.FitSeconds)
			fmt.Fprintf(os.Stderr, "set %s, split %d of %d, %s: %s s\n", s.name, i+1, splits, p.name, seconds)
		}
	}
	if !s.alone {
		if err := ourselves(peerLeaves).run(j, &r.leaves); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// check fails the test if the programs' results disagree.
func (r peerResults) check(t *testing.T) {
	t.Helper()
	if r.set.alone {
		return
	}
	if d := r.leaves.Worst; d > farFromLeaves {
		t.Errorf("set %s: predictions differ from those of leaves by up to %g of their size", r.set.name, d)
	}
	if d := r.r2Difference(); math.Abs(d) > farFromSklearn {
		t.Errorf("set %s: R2 differs from that of scikit-learn by %+.4f", r.set.name, d)
	}
}

// r2Difference returns by how much vmmp's R2 exceeds scikit-learn's, on average.
func (r peerResults) r2Difference() float64 {
	return r.meanR2(peerVMMP) - r.meanR2(peerSklearn)
}

func (r peerResults) meanR2(program string) float64 {
	sum := 0.0
	for _, report := range r.reports[program] {
		sum += report.R2
	}
	return sum / float64(len(r.reports[program]))
}

// median returns the median over the splits of a figure of a program.
func (r peerResults) median(program string, figure peerFigure) float64 {
	var values []float64
	for _, report := range r.reports[program] {
		values = append(values, figure(report))
	}
	return middle(values)
}
