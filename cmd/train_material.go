package cmd

import (
	"context"
	"fmt"

	"vmmp/cmd/internal/rows"
	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/population"
)

// material reads and draws the training rows.
func (f trainFlags) material(ctx context.Context, e *env) (model.Material, error) {
	m, err := await(ctx, func() (model.Material, error) { return f.recorded(e) })
	if err != nil {
		return m, err
	}
	if f.history != "" {
		records, err := f.readHistory(ctx, e)
		if err != nil {
			return m, err
		}
		m.Record("history", records)
	}
	if !f.simulates() {
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
func (f trainFlags) simulates() bool {
	return f.given["population"] || len(f.data) == 0 && f.history == ""
}

// recordedBy returns the flag that gave recorded migrations.
func (f trainFlags) recordedBy() string {
	if len(f.data) > 0 {
		return "--data"
	}
	return "--history"
}

// recorded reads the files of rows.
func (f trainFlags) recorded(e *env) (m model.Material, err error) {
	for _, path := range f.data {
		records, err := f.read(e, path)
		if err != nil {
			return m, usage(err)
		}
		m.Record("recorded", records)
	}
	return m, nil
}

// simulated draws the rows of a population.
func (f trainFlags) simulated() ([]model.Example, error) {
	p, err := population.Named(f.population)
	if err != nil {
		return nil, usage(err)
	}
	examples := make([]model.Example, 0, f.samples)
	for _, d := range p.Draw(f.samples, f.seed) {
		untimed := d.Untimed
		examples = append(examples, model.Example{Record: d.Record, Untimed: &untimed, NoiselessMS: d.NoiselessMS})
	}
	return examples, nil
}

// read reads one CSV file and tells which columns were left out.
func (f trainFlags) read(e *env, path string) ([]migration.Record, error) {
	file, err := rows.Open(path)
	if err != nil {
		return nil, fmt.Errorf("--data %w", err)
	}
	defer file.Close()
	records, unknown, err := migration.ReadCSV(file, migration.CSVOptions{Name: path, GroupColumn: f.group})
	if err != nil {
		return nil, err
	}
	noticeColumns(e, path, unknown)
	noticeContradictions(e, path, records)
	return records, nil
}
