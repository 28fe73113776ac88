//go:build bench

package forest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// Settings of all programs.
const (
	peerTrees   = 100
	peerThreads = 2
)

// The programs.
const (
	peerVMMP    = "vmmp"
	peerSklearn = "scikit-learn"
	peerRanger  = "ranger"
	peerXGBoost = "XGBoost"
	peerLeaves  = "leaves"
)

// peerJob describes the forest that a process grows and reports on.
type peerJob struct {
	folder  string // written by peerSet.write
	columns int
	trees   int
	threads int
	seed    uint64
}

// arguments returns the end of the command line of every program.
func (j peerJob) arguments() []string {
	return append([]string{j.folder}, strings.Fields(fmt.Sprint(j.columns, j.trees, j.threads, j.seed))...)
}

// parsePeerJob reads arguments.
func parsePeerJob(arguments []string) (j peerJob, err error) {
	if len(arguments) != 5 {
		return j, fmt.Errorf("%d arguments, want folder, columns, trees, threads and seed", len(arguments))
	}
	j.folder = arguments[0]
	_, err = fmt.Sscan(strings.Join(arguments[1:], " "), &j.columns, &j.trees, &j.threads, &j.seed)
	return j, err
}

// peerReport holds what a process has measured of its program.
type peerReport struct {
	Version     string  `json:"version"`
	FitSeconds  float64 `json:"fit_seconds"` // of the call alone: the data are in memory
	PeakBytes   float64 `json:"peak_bytes"`  // of the process until the forest is fitted
	R2          float64 `json:"r2"`
	RowSeconds  float64 `json:"row_seconds"`           // median of many single rows
	BatchPerSec float64 `json:"batch_rows_per_second"` // all test rows at once
	ModelBytes  float64 `json:"model_bytes"`           // as the program saves it

	// Only of vmmp.
	NodeBytes   float64 `json:"node_bytes"`
	Allocations float64 `json:"allocations"` // per PredictRow
}

// peer is a program to compare.
type peer struct {
	name    string
	command []string
	env     []string
}

// childVariable is the environment variable that names the program a child process measures.
const childVariable = "FOREST_PEER"

// ourselves returns this test binary as the peer of the given name.
func ourselves(name string) peer {
	return peer{
		name:    name,
		command: []string{os.Args[0], "-test.run=^TestBenchPeers$"},
		env:     []string{childVariable + "=" + name, "GOMAXPROCS=" + strconv.Itoa(peerThreads)},
	}
}

// findPeers returns the programs that learn, vmmp first. The error names all packages that are missing.
func findPeers() ([]peer, error) {
	scripts := filepath.Join("testdata", "peers")
	// Debian's own Python comes first: another one does not see its packages.
	python := []string{"/usr/bin/python3", "python3"}
	var missing []string
	find := func(name, debian, script string, interpreters []string, probe ...string) peer {
		p := peer{name: name, env: []string{"PYTHONDONTWRITEBYTECODE=1"}}
		for _, interpreter := range interpreters {
			if exec.Command(interpreter, probe...).Run() == nil {
				p.command = []string{interpreter, filepath.Join(scripts, script)}
				return p
			}
		}
		missing = append(missing, debian)
		return p
	}
	peers := []peer{
		ourselves(peerVMMP),
		find(peerSklearn, "python3-sklearn", "sklearn_peer.py", python, "-c", "import sklearn"),
		find(peerRanger, "r-cran-ranger", "ranger_peer.R", []string{"Rscript"}, "-e", "library(ranger)"),
		find(peerXGBoost, "python3-xgboost", "xgboost_peer.py", python, "-c", "import xgboost"),
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("programs are missing: apt-get install %s", strings.Join(missing, " "))
	}
	return peers, nil
}

// run does a job in a process of its own and decodes the first JSON value it prints.
func (p peer) run(j peerJob, report any) error {
	cmd := exec.Command(p.command[0], append(p.command[1:len(p.command):len(p.command)], j.arguments()...)...)
	cmd.Env = append(os.Environ(), p.env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("run %s: %w\n%s%s", p.name, err, &stdout, &stderr)
	}
	if err := json.NewDecoder(&stdout).Decode(report); err != nil {
		return fmt.Errorf("read the report of %s: %w\n%s", p.name, err, &stderr)
	}
	return nil
}
