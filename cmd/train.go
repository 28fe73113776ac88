package cmd

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"vmmp/pkg/model"
	"vmmp/pkg/model/train"
	"vmmp/pkg/population"
)

// How rows are held out.
const (
	splitDrawn  = "drawn"
	splitByName = "name"
)

// TrainOptions are the flags of `vmmp train`.
type TrainOptions struct {
	data       []string
	history    string
	population string
	samples    int
	trees      int
	testSplit  float64
	split      string
	seed       uint64
	folds      int
	group      string
	out        string
	output     string

	given map[string]bool // the flags that were typed, not only defaulted to
}

func newTrainCommand(e *env) *cobra.Command {
	var o TrainOptions
	c := &cobra.Command{
		Use:   "train",
		Short: "Train a model on recorded migrations or on a simulated population",
		Long: `Train learns from recorded migrations (--data, CSV, and --history, a history
of vmmp) or from a simulated population, holds some of them out, and says how
well the model does on those, beside baselines that got the same rows. With
--out the model is written to a file for 'vmmp predict --model'.

A CSV file has a header and any of these columns, in any order; an empty cell is
unknown, and columns of other names are left out with a notice:

` + columnHelp() + exitHelp,
		Example: `  vmmp train --population fleet --samples 20000 --out fleet.vmmp
  vmmp train --data migrations.csv --cv 5 --out mine.vmmp
  vmmp train --history history.db --out mine.vmmp
  vmmp train --data a.csv --data b.csv --group workload -o json`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			o.given = given(c)
			return runTrain(c.Context(), e, o)
		},
	}
	f := c.Flags()
	f.StringArrayVar(&o.data, "data", nil, "CSV file of recorded migrations; may be given several times")
	f.StringVar(&o.history, "history", "", "history of recorded migrations: its file, or a URL like postgres://user@host/database")
	f.StringVar(&o.population, "population", population.Demo.Name, "simulated population: demo or fleet; beside --data or --history only if given")
	f.IntVar(&o.samples, "samples", 1000, "migrations to simulate")
	f.IntVar(&o.trees, "trees", 100, "trees of each forest")
	f.Float64Var(&o.testSplit, "test-split", 0.2, "share of the rows to hold out for the test, by whole groups")
	f.StringVar(&o.split, "split", splitDrawn, "how they are held out: drawn (by the seed) or name (by a hash of each group's name: always the same groups, whatever else there is; rows without a group, by their place)")
	f.Uint64Var(&o.seed, "seed", 42, "seed of every draw: the same seed gives the same model")
	f.IntVar(&o.folds, "cv", 0, "folds of cross-validation over the training rows; 0 for none")
	f.StringVar(&o.group, "group", "", "CSV column that names the workload or VM of a row (default group)")
	f.StringVar(&o.out, "out", "", "file to write the model to; none is written without it")
	outputFlag(c, &o.output, "text", "json")
	return c
}

// check refuses what cannot be trained, before anything is read.
func (o TrainOptions) check() error {
	switch {
	case o.samples < 1 || o.samples > 1_000_000:
		return fmt.Errorf("--samples %d must be 1 to 1000000", o.samples)
	case o.trees < 1 || o.trees > 10_000:
		return fmt.Errorf("--trees %d must be 1 to 10000", o.trees)
	case !(o.testSplit >= 0 && o.testSplit < 1):
		return fmt.Errorf("--test-split %g must be at least 0 and below 1", o.testSplit)
	case o.split != splitDrawn && o.split != splitByName:
		return fmt.Errorf("--split %q must be %s or %s", o.split, splitDrawn, splitByName)
	case o.folds < 0 || o.folds == 1 || o.folds > 1000:
		return fmt.Errorf("--cv %d must be 2 to 1000 folds, or 0 for none", o.folds)
	case o.group != "" && len(o.data) == 0:
		return errors.New("--group names a column of a --data file, and no --data was given")
	case o.given["history"] && o.history == "":
		return errors.New("--history is empty: name a file, or a URL like postgres://user@host/database")
	case !o.simulates() && o.given["samples"]:
		return fmt.Errorf("--samples counts migrations to simulate: beside %s it needs --population", o.recordedBy())
	}
	return checkWritable("--out", o.out)
}

// trained is the result of `vmmp train -o json`.
type trained struct {
	*model.Report
	Model   savedModel `json:"model"`
	Seconds float64    `json:"seconds"`
}

// savedModel is the file that a model was written to.
type savedModel struct {
	ID    string `json:"id"`
	Bytes int    `json:"bytes"`
	Path  string `json:"path"` // empty when none was written
}

func runTrain(ctx context.Context, e *env, o TrainOptions) error {
	if err := errors.Join(usage(o.check()), checkOutput(o.output, "text", "json")); err != nil {
		return err
	}
	start := e.now()
	from, err := o.material(ctx, e)
	if err != nil {
		return trainingFault(err)
	}
	trainedAt, err := trainingDate(e, from.examples)
	if err != nil {
		return err
	}
	bar := newProgress(e)
	m, result, err := train.Develop(ctx, from.examples, train.Development{
		Options:   train.Options{Trees: o.trees, Seed: o.seed, Progress: bar.show},
		TestSplit: o.testSplit, ByName: o.split == splitByName, Folds: o.folds, Sources: from.sources, TrainedAt: trainedAt,
	})
	bar.clear()
	if err != nil {
		return trainingFault(err)
	}
	saved, err := o.save(m)
	if err != nil {
		return err
	}
	done := trained{result, saved, e.now().Sub(start).Seconds()}
	if o.output == "json" {
		return e.writeJSON(done)
	}
	return e.writeTraining(done)
}

// trainingFault tells faults of the data from failures.
func trainingFault(err error) error {
	if errors.Is(err, context.Canceled) {
		return coded{errors.New("interrupted: no model was written"), exitInterrupted}
	}
	if errors.Is(err, train.ErrNoDowntime) || errors.Is(err, train.ErrFewRows) {
		return usage(err)
	}
	return err
}

// save writes the model where it was asked to.
func (o TrainOptions) save(m *model.Model) (savedModel, error) {
	if o.out == "" {
		size, err := m.Size()
		return savedModel{m.ID(), size, ""}, err
	}
	size, err := m.Save(o.out)
	return savedModel{m.ID(), size, o.out}, err
}

// trainingDate is the date that a model carries: SOURCE_DATE_EPOCH, else that of
// the newest row, else none. The clock has no say, so that the same training
// gives the same file.
func trainingDate(e *env, examples []train.Example) (*time.Time, error) {
	if text := e.getenv("SOURCE_DATE_EPOCH"); text != "" {
		seconds, err := strconv.ParseInt(text, 10, 64)
		at := time.Unix(seconds, 0).UTC()
		if err != nil || at.Year() < 1970 || at.Year() > 9999 {
			return nil, usage(fmt.Errorf("SOURCE_DATE_EPOCH=%q must be seconds since 1970, up to the year 9999", text))
		}
		return &at, nil
	}
	var newest time.Time
	for i := range examples {
		if examples[i].At.After(newest) {
			newest = examples[i].At.UTC()
		}
	}
	if newest.IsZero() {
		return nil, nil
	}
	return &newest, nil
}
