package cmd

import (
	"context"
	"errors"
	"fmt"

	"vmmp/cmd/internal/rows"
	"vmmp/pkg/client"
	"vmmp/pkg/migration"
	"vmmp/pkg/simulate"
)

// measure returns what asks this machine.
func (o *simulateFlags) measure(e *env) simulate.Measure {
	over := liveInterval
	if o.request.Mode == simulate.Continuous {
		over = min(over, o.request.Interval/2) // the next round is not to wait for it
	}
	return func(ctx context.Context) (migration.Features, error) {
		s, err := e.snapshot(ctx, over)
		if err != nil {
			return migration.Features{}, fmt.Errorf("read this machine: %w", err)
		}
		return s.Features(), nil
	}
}

// replayed reads the rows of --replay.
func (e *env) replayed(ctx context.Context, path string) ([]migration.Record, error) {
	in, err := await(ctx, func() (*rows.File, error) {
		in, err := e.readRows("--replay", path, "")
		return in, usage(err)
	})
	if err != nil {
		return nil, err
	}
	if err := in.Faults().Err(); err != nil {
		return nil, usage(err)
	}
	records := make([]migration.Record, len(in.Rows))
	for i := range in.Rows {
		records[i] = in.Rows[i].Record
	}
	return records, nil
}

// choosePredictor returns the model in this process, or the server that was named, which is told of each migration if
// --report says so.
func (o *simulateFlags) choosePredictor(e *env) (simulate.Predictor, error) {
	if o.predictor.url == "" {
		m, err := loadModel(o.predictor.model)
		return simulate.Local{Model: m}, err
	}
	c, err := client.New(o.predictor.url, client.Options{Token: e.tokenFor(o.predictor.token)})
	if err != nil {
		return nil, usage(fmt.Errorf("--url: %w", err))
	}
	if o.predictor.report {
		o.request.Report = c.Record
	}
	return c, nil
}

// tokenFor returns the bearer token that a flag gave, else that of the environment: a command line can be seen by
// others.
func (e *env) tokenFor(flag string) string {
	if flag != "" {
		return flag
	}
	return e.getenv("VMMP_TOKEN")
}

// requestFault returns an error that names the flag in place of the field where a request was not possible: where
// this machine did not tell what is required.
func requestFault(err error) error {
	var faults migration.Faults
	if errors.As(err, &faults) {
		return usage(flagFaults(faults).Err())
	}
	return err
}
