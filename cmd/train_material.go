package cmd

import (
	"context"
	"fmt"

	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/model/train"
	"vmmp/pkg/population"
)

// material is what a model is made of.
type material struct {
	examples []train.Example
	sources  []model.Source
}

// add adds recorded migrations.
func (m *material) add(name string, records []migration.Record) {
	m.examples = append(m.examples, train.Recorded(records)...)
	m.sources = append(m.sources, train.NewSource(name, records, 0))
}

// material reads and draws the training rows.
func (o TrainOptions) material(ctx context.Context, e *env) (material, error) {
	m, err := await(ctx, func() (material, error) { return o.recorded(e) })
	if err != nil {
		return m, err
	}
	if o.history != "" {
		records, err := o.readHistory(ctx, e)
		if err != nil {
			return m, err
		}
		m.add("history", records)
	}
	if !o.simulates() {
		return m, nil
	}
	drawn, err := await(ctx, o.simulated)
	return material{append(m.examples, drawn.examples...), append(m.sources, drawn.sources...)}, err
}

// simulates says whether a population is among the training rows.
func (o TrainOptions) simulates() bool {
	return o.given["population"] || len(o.data) == 0 && o.history == ""
}

// recordedBy is the flag that gave recorded migrations.
func (o TrainOptions) recordedBy() string {
	if len(o.data) > 0 {
		return "--data"
	}
	return "--history"
}

// recorded reads the files of rows.
func (o TrainOptions) recorded(e *env) (m material, err error) {
	for _, path := range o.data {
		records, err := o.read(e, path)
		if err != nil {
			return m, usage(err)
		}
		m.add("recorded", records)
	}
	return m, nil
}

// simulated draws the rows of a population.
func (o TrainOptions) simulated() (m material, err error) {
	p, err := population.Named(o.population)
	if err != nil {
		return m, usage(err)
	}
	records := make([]migration.Record, 0, o.samples)
	for _, d := range p.Draw(o.samples, o.seed) {
		untimed := d.Untimed
		m.examples = append(m.examples, train.Example{Record: d.Record, Untimed: &untimed, NoiselessMS: d.NoiselessMS})
		records = append(records, d.Record)
	}
	m.sources = append(m.sources, train.NewSource(p.Name, records, o.seed))
	return m, nil
}

// read reads one CSV file and tells which columns were left out.
func (o TrainOptions) read(e *env, path string) ([]migration.Record, error) {
	file, err := openRows(path)
	if err != nil {
		return nil, fmt.Errorf("--data %w", err)
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
