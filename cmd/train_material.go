package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"vmmp/cmd/internal/rows"
	"vmmp/pkg/migration"
	"vmmp/pkg/model/train"
	"vmmp/pkg/population"
)

// materialFlags are those that say what is learned from.
type materialFlags struct {
	data       []string
	elsewhere  []string
	format     string
	history    string
	population string
	samples    int
	seed       uint64
	group      string
}

// add declares the flags.
func (f *materialFlags) add(set *pflag.FlagSet) {
	set.StringArrayVar(&f.data, "data", nil, "file of recorded migrations, a table or what tools print of them; "+
		"may be given several times")
	set.StringArrayVar(&f.elsewhere, "elsewhere", nil,
		"file of migrations recorded at another site: they check what is said of a site of which nothing is known; "+
			"may be given several times")
	set.StringVar(&f.format, "format", "", formatHelp("--data and --elsewhere"))
	set.StringVar(&f.history, "history", "",
		"history of recorded migrations: its file, or a URL like postgres://user@host/database")
	set.StringVar(&f.population, "population", population.Demo.Name,
		"simulated population: demo or fleet; beside --data or --history only if given")
	set.IntVar(&f.samples, "samples", 1000, "migrations to simulate")
	set.Uint64Var(&f.seed, "seed", 42, "seed of every draw: the same seed gives the same model")
	set.StringVar(&f.group, "group", "", "CSV column that names the workload or VM of a row (default group)")
}

// check refuses flags that say nothing of what is learned from.
func (f materialFlags) check(given map[string]bool) error {
	switch {
	case f.group != "" && len(f.data) == 0:
		return errors.New("--group names a column of a --data file, and no --data was given")
	case f.format != "" && len(f.data)+len(f.elsewhere) == 0:
		return errors.New("--format says what --data is, and no --data was given")
	case given["history"] && f.history == "":
		return errors.New("--history is empty: name a file, or a URL like postgres://user@host/database")
	case !f.simulates(given) && given["samples"]:
		return fmt.Errorf("--samples counts migrations to simulate: beside %s it needs --population", f.recordedBy())
	}
	return checkFormat(f.format)
}

// read reads and draws the training rows.
func (f materialFlags) read(ctx context.Context, e *env, given map[string]bool) (train.Material, error) {
	m, err := await(ctx, func() (train.Material, error) { return f.recorded(e) })
	if err != nil {
		return m, err
	}
	if f.history != "" {
		records, err := readHistory(ctx, e, f.history)
		if err != nil {
			return m, err
		}
		m.Record("history", records)
	}
	if !f.simulates(given) {
		return m, nil
	}
	drawn, err := await(ctx, f.simulated)
	if err != nil {
		return m, err
	}
	m.Simulate(f.population, drawn, f.seed)
	return m, nil
}

// simulates reports whether a population is among the training rows.
func (f materialFlags) simulates(given map[string]bool) bool {
	return given["population"] || len(f.data) == 0 && f.history == ""
}

// recordedBy returns the flag that gave recorded migrations.
func (f materialFlags) recordedBy() string {
	if len(f.data) > 0 {
		return "--data"
	}
	return "--history"
}

// recorded reads the files of rows.
func (f materialFlags) recorded(e *env) (m train.Material, err error) {
	for _, path := range f.data {
		records, err := f.readFile(e, "--data", path)
		if err != nil {
			return m, usage(err)
		}
		m.Record("recorded", records)
	}
	for _, path := range f.elsewhere {
		records, err := f.readFile(e, "--elsewhere", path)
		if err != nil {
			return m, usage(err)
		}
		m.Elsewhere(siteName(path), records)
	}
	return m, nil
}

// siteName returns what the site of a file is called: its folder, where recordings have one each, or else the file.
func siteName(path string) string {
	if folder := filepath.Base(filepath.Dir(path)); folder != "." && folder != string(filepath.Separator) {
		return folder
	}
	return strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
}

// simulated draws the rows of a population.
func (f materialFlags) simulated() ([]train.Example, error) {
	p, err := population.Named(f.population)
	if err != nil {
		return nil, usage(err)
	}
	examples := make([]train.Example, 0, f.samples)
	for _, d := range p.Draw(f.samples, f.seed) {
		untimed := d.Untimed
		examples = append(examples, train.Example{Record: d.Record, Untimed: &untimed, NoiselessMS: d.NoiselessMS})
	}
	return examples, nil
}

// readFile reads one file that a flag named, and tells which columns were left out.
func (f materialFlags) readFile(e *env, flag, path string) ([]migration.Record, error) {
	file, err := rows.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s %w", flag, err)
	}
	defer file.Close()
	format, reader := f.format, io.Reader(file)
	if format == "" {
		format, reader = rows.Sniff(file, path)
	}
	records, unknown, err := f.readRecords(reader, path, format)
	if err != nil {
		return nil, err
	}
	noticeColumns(e, path, unknown)
	noticeContradictions(e, path, records)
	return records, nil
}

// readRecords reads the records of a format, and returns the columns that it left out. A table may be long: it is read
// without keeping its cells.
func (f materialFlags) readRecords(r io.Reader, path, format string) ([]migration.Record, []string, error) {
	if format == rows.CSV {
		return migration.ReadCSV(r, migration.CSVOptions{Name: path, GroupColumn: f.group})
	}
	in, err := rows.Read(r, rows.Options{Name: path, Format: format})
	if err != nil {
		return nil, nil, err
	}
	records, err := recordsOf(in)
	return records, nil, err
}
