package cmd

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"vmmp/cmd/internal/page"
	"vmmp/cmd/internal/render"
	"vmmp/cmd/internal/terminal"
	"vmmp/pkg/model"
	"vmmp/pkg/model/train"
)

// How rows are held out.
const (
	splitDrawn  = "drawn"
	splitByName = "name"
)

// trainFlags are those of `vmmp train`.
type trainFlags struct {
	material  materialFlags
	trees     int
	testSplit float64
	split     string
	folds     int
	prior     string
	out       string
	output    string

	given map[string]bool // the flags that were typed, not only defaulted to
}

func newTrainCommand(e *env) *cobra.Command {
	var flags trainFlags
	c := &cobra.Command{
		Use:   "train",
		Short: "Train a model on recorded migrations or on a simulated population",
		Long: `Train learns from recorded migrations (--data: CSV, NDJSON, or what virsh, QEMU
and Proxmox print of them; --history: a history of vmmp) or from a simulated
population, holds some of them out, and says how well the model does on those,
beside baselines that got the same rows. With --out the model is written to a file
for 'vmmp predict --model'.

A CSV file has a header and any of these columns, in any order; an empty cell is
unknown, and columns of other names are left out with a notice:

` + columnHelp() + exitHelp,
		Example: `  vmmp train --population fleet --samples 20000 --out fleet.vmmp
  vmmp train --data migrations.csv --cv 5 --out mine.vmmp
  vmmp train --history history.db --out mine.vmmp
  vmmp train --data a.csv --data b.csv --group workload -o json`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			flags.given = given(c)
			return runTrain(c.Context(), e, flags)
		},
	}
	set := c.Flags()
	flags.material.add(set)
	set.IntVar(&flags.trees, "trees", 100, "trees of each forest")
	set.Float64Var(&flags.testSplit, "test-split", 0.2, "share of the rows to hold out for the test, by whole groups")
	set.StringVar(&flags.split, "split", splitDrawn, "how they are held out: drawn (by the seed) or name "+
		"(by a hash of each group's name: always the same groups, whatever else there is; "+
		"rows without a group, by their place)")
	set.IntVar(&flags.folds, "cv", 0, "folds of cross-validation over the training rows; 0 for none")
	set.StringVar(&flags.prior, "prior", priorEmbedded,
		"what answers beside recorded migrations as long as they are few: "+
			"embedded (the embedded model), none, or a model file; a --population takes its place")
	set.StringVar(&flags.out, "out", "", "file to write the model to; none is written without it")
	outputFlag(c, &flags.output, "text", "json")
	return c
}

// check refuses what cannot be trained, before anything is read.
func (f trainFlags) check() error {
	switch {
	case f.material.samples < 1 || f.material.samples > 1_000_000:
		return fmt.Errorf("--samples %d must be 1 to 1000000", f.material.samples)
	case f.trees < 1 || f.trees > 10_000:
		return fmt.Errorf("--trees %d must be 1 to 10000", f.trees)
	case !(f.testSplit >= 0 && f.testSplit < 1):
		return fmt.Errorf("--test-split %g must be at least 0 and below 1", f.testSplit)
	case f.split != splitDrawn && f.split != splitByName:
		return fmt.Errorf("--split %q must be %s or %s", f.split, splitDrawn, splitByName)
	case f.folds < 0 || f.folds == 1 || f.folds > 1000:
		return fmt.Errorf("--cv %d must be 2 to 1000 folds, or 0 for none", f.folds)
	}
	if err := f.material.check(f.given); err != nil {
		return err
	}
	return checkWritable("--out", f.out)
}

func runTrain(ctx context.Context, e *env, flags trainFlags) error {
	if err := errors.Join(usage(flags.check()), checkOutput(flags.output, "text", "json")); err != nil {
		return err
	}
	start := e.now()
	from, err := flags.material.read(ctx, e, flags.given)
	if err != nil {
		return trainingFault(err)
	}
	trainedAt, err := trainingDate(e, from)
	if err != nil {
		return err
	}
	prior, err := flags.loadPrior()
	if err != nil {
		return err
	}
	bar := terminal.NewProgress(e.stderr, e.now)
	m, result, err := train.Develop(ctx, from.Examples, train.Development{
		Options:   train.Options{Trees: flags.trees, Seed: flags.material.seed, Prior: prior, Progress: bar.Show},
		TestSplit: flags.testSplit, ByName: flags.split == splitByName, Folds: flags.folds,
		Sources: from.Sources, TrainedAt: trainedAt,
	})
	bar.Clear()
	if err != nil {
		return trainingFault(err)
	}
	saved, err := flags.save(m)
	if err != nil {
		return err
	}
	done := render.Trained{Report: result, Model: saved, Seconds: e.now().Sub(start).Seconds()}
	if flags.output == "json" {
		return e.writeJSON(done)
	}
	return e.writePage(func(t *page.Page) { render.Training(t, done) })
}

// What --prior says beside the name of a file.
const (
	priorEmbedded = "embedded"
	priorNone     = "none"
)

// loadPrior reads the model that answers beside what is learned; nil where there is none.
func (f trainFlags) loadPrior() (*model.Model, error) {
	switch {
	case f.prior == priorNone || f.material.simulates(f.given):
		return nil, nil
	case f.prior == priorEmbedded:
		return model.Default()
	}
	return loadModel(f.prior)
}

// trainingFault returns an error with the exit code of its cause: faults of the data, an interruption, or a failure.
func trainingFault(err error) error {
	if errors.Is(err, context.Canceled) {
		return exitError{errors.New("interrupted: no model was written"), exitInterrupted}
	}
	if errors.Is(err, train.ErrNoDowntime) || errors.Is(err, train.ErrFewRows) {
		return usage(err)
	}
	return err
}

// save writes the model where it was asked to.
func (f trainFlags) save(m *model.Model) (render.SavedModel, error) {
	if f.out == "" {
		size, err := m.Size()
		return render.SavedModel{ID: m.ID(), Bytes: size}, err
	}
	size, err := m.Save(f.out)
	return render.SavedModel{ID: m.ID(), Bytes: size, Path: f.out}, err
}

// trainingDate returns the date that a model carries: SOURCE_DATE_EPOCH, else that of the newest row, else none. The
// clock has no say, so that the same training gives the same file.
func trainingDate(e *env, from train.Material) (*time.Time, error) {
	text := e.getenv("SOURCE_DATE_EPOCH")
	if text == "" {
		return from.Newest(), nil
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	at := time.Unix(seconds, 0).UTC()
	if err != nil || at.Year() < 1970 || at.Year() > 9999 {
		return nil, usage(fmt.Errorf("SOURCE_DATE_EPOCH=%q must be seconds since 1970, up to the year 9999", text))
	}
	return &at, nil
}
