package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"vmmp/cmd/internal/render"
	"vmmp/cmd/internal/rows"
	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/prediction"
)

// runPredictRows predicts every row of a file that can be read, and tells of the others.
func runPredictRows(ctx context.Context, e *env, flags predictFlags) error {
	if flags.output != "" {
		if err := checkOutput(flags.output, "csv", "json", "ndjson"); err != nil {
			return err
		}
	}
	in, err := await(ctx, func() (*rows.File, error) {
		in, err := e.readRows("--input", flags.input, flags.format)
		return in, usage(err)
	})
	if err != nil {
		return err
	}
	if flags.output == "" {
		flags.output = in.Form()
	}
	faults := in.Faults()
	if len(faults) == len(in.Rows) {
		return usage(faults.Err())
	}
	m, err := flags.loadModel(ctx, e)
	if err != nil {
		return err
	}
	out, err := rows.NewWriter(e.stdout, flags.output, in, flags.maxDowntime > 0)
	if err != nil {
		return wrapWrite(err)
	}
	var accuracy evaluate.Accumulator
	limit := limitCount{limit: flags.maxDowntime, assurance: flags.assurance}
	visit := func(row *rows.Row, p *prediction.Prediction) error {
		limit.add(p)
		if p != nil {
			accuracy.Add(&row.Record.Outcome, p.Summary())
		}
		return wrapWrite(out.Write(row, p))
	}
	if err := predictRows(ctx, m, model.Options{Within: flags.maxDowntime}, in, visit); err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return wrapWrite(err)
	}
	render.Accuracy(e.stderr, m.ID(), accuracy.Score())
	return errors.Join(usage(faults.Err()), limit.verdict())
}

// checkFormat refuses a --format of rows that is not read.
func checkFormat(format string) error {
	if format == "" || rows.IsFormat(format) {
		return nil
	}
	return fmt.Errorf("--format %s is not read; take %s", format, strings.Join(rows.Formats, ", "))
}

// readRows reads the whole file that a flag named, - for standard input, and tells which columns were left out. Its
// format is recognised where none is given.
func (e *env) readRows(flag, path, format string) (*rows.File, error) {
	reader, name := e.stdin, "standard input"
	if path != "-" {
		file, err := rows.Open(path)
		if err != nil {
			return nil, fmt.Errorf("%s %w", flag, err)
		}
		defer file.Close()
		reader, name = file, path
	}
	in, err := rows.Read(reader, rows.Options{Name: name, Format: format})
	if err != nil {
		return nil, err
	}
	noticeColumns(e, name, in.Unknown)
	return in, nil
}

// chunk is the number of rows that are answered between two looks at ctx.
const chunk = 512

// predictRows predicts the rows in order, a chunk at a time on all processors. The prediction of a faulty row is nil.
func predictRows(
	ctx context.Context, m *model.Model, o model.Options, in *rows.File,
	visit func(*rows.Row, *prediction.Prediction) error,
) error {
	for start := 0; start < len(in.Rows); start += chunk {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("predict %s: %w", in.Name, err)
		}
		part := in.Rows[start:min(start+chunk, len(in.Rows))]
		var known []migration.Features
		for i := range part {
			if part[i].Fault == nil {
				known = append(known, part[i].Record.Features)
			}
		}
		predictions := m.PredictAll(known, o)
		for i := range part {
			var p *prediction.Prediction
			if part[i].Fault == nil {
				p, predictions = &predictions[0], predictions[1:]
				p.Warnings = append(p.Warnings, part[i].Warnings()...)
			}
			if err := visit(&part[i], p); err != nil {
				return err
			}
		}
	}
	return nil
}

// limitCount counts the rows that do not keep the limit with the assurance asked for.
type limitCount struct {
	limit     time.Duration
	assurance float64
	rows      int
	over      int
	firstOver int
}

func (l *limitCount) add(p *prediction.Prediction) {
	l.rows++
	if p == nil {
		return
	}
	if within := p.ProbabilityWithinLimit; within != nil && *within < l.assurance {
		l.over++
		if l.over == 1 {
			l.firstOver = l.rows
		}
	}
}

// verdict returns the error of rows that do not keep the limit.
func (l *limitCount) verdict() error {
	if l.over == 0 {
		return nil
	}
	return exceeded("%d of %d rows, the first of them row %d, do not stay under %v with the assurance of %g",
		l.over, l.rows, l.firstOver, l.limit, l.assurance)
}
