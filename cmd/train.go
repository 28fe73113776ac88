package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/population"
)

// TrainOptions are the flags of `vmmp train`.
type TrainOptions struct {
	data       []string
	population string
	samples    int
	trees      int
	testSplit  float64
	seed       uint64
	folds      int
	group      string
	out        string
	output     string

	populationGiven bool // the population was asked for, not only defaulted to
}

func newTrainCommand(e *env) *cobra.Command {
	var o TrainOptions
	c := &cobra.Command{
		Use:   "train",
		Short: "Train a model on recorded migrations or on a simulated population",
		Long: `Train learns from recorded migrations (--data, CSV) or from a simulated
population, holds some of them out, and says how well the model does on those,
beside baselines that got the same rows. With --out the model is written to a
file for 'vmmp predict --model'.

A CSV file has a header and any of these columns, in any order; an empty cell is
unknown, and columns of other names are left out with a notice:

` + columnHelp() + exitHelp,
		Example: `  vmmp train --population fleet --samples 20000 --out fleet.vmmp
  vmmp train --data migrations.csv --cv 5 --out mine.vmmp
  vmmp train --data a.csv --data b.csv --group workload -o json`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			o.populationGiven = c.Flags().Changed("population")
			return runTrain(c.Context(), e, o)
		},
	}
	f := c.Flags()
	f.StringArrayVar(&o.data, "data", nil, "CSV file of recorded migrations; may be given several times")
	f.StringVar(&o.population, "population", population.Demo.Name, "simulated population: demo or fleet; beside --data only if given")
	f.IntVar(&o.samples, "samples", 1000, "migrations to simulate")
	f.IntVar(&o.trees, "trees", 100, "trees of each forest")
	f.Float64Var(&o.testSplit, "test-split", 0.2, "share of the rows to hold out for the test, by whole groups")
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
	case o.samples < 1 || o.samples > 10_000_000:
		return fmt.Errorf("--samples %d must be 1 to 10000000", o.samples)
	case o.trees < 1 || o.trees > 10_000:
		return fmt.Errorf("--trees %d must be 1 to 10000", o.trees)
	case !(o.testSplit >= 0 && o.testSplit < 1):
		return fmt.Errorf("--test-split %g must be at least 0 and below 1", o.testSplit)
	case o.folds < 0 || o.folds == 1 || o.folds > 1000:
		return fmt.Errorf("--cv %d must be 2 to 1000 folds, or 0 for none", o.folds)
	case o.group != "" && len(o.data) == 0:
		return errors.New("--group names a column of a --data file, and no --data was given")
	}
	return nil
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
	examples, sources, err := o.examples(e)
	if err != nil {
		return err
	}
	trainedAt, err := trainingDate(e, examples)
	if err != nil {
		return err
	}
	bar := newProgress(e)
	m, result, err := model.Develop(ctx, examples, model.Development{
		Options:   model.Options{Trees: o.trees, Seed: o.seed, Progress: bar.show},
		TestSplit: o.testSplit, Folds: o.folds, Sources: sources, TrainedAt: trainedAt,
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
	if errors.Is(err, model.ErrNoDowntime) || errors.Is(err, model.ErrFewRows) {
		return usage(err)
	}
	return err
}

// examples reads and draws the training rows.
func (o TrainOptions) examples(e *env) ([]model.Example, []model.Source, error) {
	var examples []model.Example
	var sources []model.Source
	for _, path := range o.data {
		records, err := o.read(e, path)
		if err != nil {
			return nil, nil, usage(err)
		}
		examples = append(examples, model.Recorded(records)...)
		sources = append(sources, model.NewSource("recorded", records, 0))
	}
	if len(o.data) > 0 && !o.populationGiven {
		return examples, sources, nil
	}
	p, err := population.Named(o.population)
	if err != nil {
		return nil, nil, usage(err)
	}
	records := make([]migration.Record, 0, o.samples)
	for _, d := range p.Draw(o.samples, o.seed) {
		untimed := d.Untimed
		examples = append(examples, model.Example{Record: d.Record, Untimed: &untimed, NoiselessMS: d.NoiselessMS})
		records = append(records, d.Record)
	}
	return examples, append(sources, model.NewSource(p.Name, records, o.seed)), nil
}

// read reads one CSV file and tells which columns were left out.
func (o TrainOptions) read(e *env, path string) ([]migration.Record, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read data: %w", err)
	}
	defer file.Close()
	records, unknown, err := migration.ReadCSV(file, migration.CSVOptions{Name: path, GroupColumn: o.group})
	if err != nil {
		return nil, err
	}
	noticeColumns(e, path, unknown)
	noticeContradictions(e, path, records)
	return records, nil
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
func trainingDate(e *env, examples []model.Example) (*time.Time, error) {
	if text := e.getenv("SOURCE_DATE_EPOCH"); text != "" {
		seconds, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, usage(fmt.Errorf("SOURCE_DATE_EPOCH=%q must be seconds since 1970", text))
		}
		at := time.Unix(seconds, 0).UTC()
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
