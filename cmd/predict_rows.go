package cmd

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/prediction"
)

// inputRow is one row of --input.
type inputRow struct {
	record  migration.Record
	unknown []string // fields that mean nothing here, of this row
	cells   []string // the row of a CSV file as it stands
}

// input is all of --input: it is read whole before the first row is answered, so
// that a fault anywhere answers nothing by halves.
type input struct {
	name   string
	header []string // of a CSV file
	rows   []inputRow
}

// runPredictRows answers every row of a file.
func runPredictRows(ctx context.Context, e *env, o PredictOptions) error {
	format, err := inputFormat(o.input, o.format)
	if err != nil {
		return usage(err)
	}
	if o.output == "" {
		o.output = format
	}
	if err := checkOutput(o.output, "csv", "json", "ndjson"); err != nil {
		return err
	}
	in, err := await(ctx, func() (*input, error) {
		in, err := e.readInput("--input", o.input, format)
		return in, usage(err)
	})
	if err != nil {
		return err
	}
	m, err := loadModel(o.model)
	if err != nil {
		return err
	}
	out, err := newRowWriter(e.stdout, o.output, in.header, o.maxDowntime > 0)
	if err != nil {
		return err
	}
	tally := tally{limit: o.maxDowntime, assurance: o.assurance}
	if err := predictRows(ctx, m, o, in, func(row *inputRow, p *prediction.Prediction) error {
		tally.add(row, p)
		return out.write(row, p)
	}); err != nil {
		return err
	}
	if err := out.close(); err != nil {
		return err
	}
	tally.report(e.stderr, m)
	return tally.verdict()
}

// inputFormat is what --format says, or else the file's name.
func inputFormat(path, format string) (string, error) {
	switch {
	case format == "csv" || format == "ndjson":
		return format, nil
	case format != "":
		return "", fmt.Errorf("--format %s is not read; take csv or ndjson", format)
	}
	switch strings.ToLower(filepath.Ext(path)) {
	case ".ndjson", ".jsonl":
		return "ndjson", nil
	}
	return "csv", nil
}

// readInput reads the whole file that a flag named, - for standard input.
func (e *env) readInput(flag, path, format string) (*input, error) {
	reader, in := e.stdin, &input{name: "standard input"}
	if path != "-" {
		file, err := openRows(path)
		if err != nil {
			return nil, fmt.Errorf("%s %w", flag, err)
		}
		defer file.Close()
		reader, in.name = file, path
	}
	if format == "ndjson" {
		return in, in.readNDJSON(reader)
	}
	return in, in.readCSV(e, reader)
}

// chunk is the number of rows that are answered between two looks at ctx.
const chunk = 512

// predictRows answers the rows in order, a chunk at a time on all processors.
func predictRows(ctx context.Context, m *model.Model, o PredictOptions, in *input, visit func(*inputRow, *prediction.Prediction) error) error {
	ask := model.Options{Within: o.maxDowntime}
	for start := 0; start < len(in.rows); start += chunk {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("predict %s: %w", in.name, err)
		}
		rows := in.rows[start:min(start+chunk, len(in.rows))]
		known := make([]migration.Features, len(rows))
		for i := range rows {
			known[i] = rows[i].record.Features
		}
		for i, p := range m.PredictAll(known, ask) {
			p.Warnings = append(p.Warnings, rowWarnings(&rows[i])...)
			if err := visit(&rows[i], &p); err != nil {
				return err
			}
		}
	}
	return nil
}

// rowWarnings says what of the row itself was left out or overruled.
func rowWarnings(row *inputRow) []string {
	var warnings []string
	for _, name := range row.unknown {
		warnings = append(warnings, migration.UnknownField(name))
	}
	for _, fault := range row.record.Features.Contradictions() {
		warnings = append(warnings, fault.Location+" "+fault.Message)
	}
	return warnings
}
