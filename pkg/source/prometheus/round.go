package prometheus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"vmmp/pkg/source"
)

// round is a number of queries that are asked of one moment, a few at a time, and each once.
type round struct {
	source *Source
	at     time.Time

	queries  []string
	mutex    sync.Mutex // of what follows, while it runs
	answers  map[string]answer
	warnings []string
}

type answer struct {
	samples []sample
	err     error
}

// want adds a query; an empty one is none.
func (r *round) want(promql string) {
	if promql != "" && !slices.Contains(r.queries, promql) {
		r.queries = append(r.queries, promql)
	}
}

// run asks. The error is that of a server that refuses whoever asks, that of a caller who no longer wants to know, or
// that of a server which answers nothing.
func (r *round) run(ctx context.Context) error {
	r.answers = map[string]answer{}
	var all errgroup.Group
	all.SetLimit(atOnce)
	for _, promql := range r.queries {
		all.Go(func() error {
			samples, warnings, err := r.source.ask(ctx, promql, r.at)
			r.mutex.Lock()
			defer r.mutex.Unlock()
			r.answers[promql] = answer{samples, err}
			for _, w := range warnings {
				if !slices.Contains(r.warnings, w) {
					r.warnings = append(r.warnings, w)
				}
			}
			return nil
		})
	}
	_ = all.Wait()
	return r.failure(ctx)
}

// failure returns why the round is worth nothing.
func (r *round) failure(ctx context.Context) error {
	var first error
	good := 0
	for _, promql := range r.queries {
		switch err := r.answers[promql].err; {
		case err == nil || errors.Is(err, errQuery):
			good++
		case errors.Is(err, source.ErrDenied):
			return err
		case first == nil:
			first = err
		}
	}
	if first != nil && ctx.Err() != nil && !errors.Is(context.Cause(ctx), context.DeadlineExceeded) {
		return first
	}
	if good > 0 {
		return nil
	}
	return first
}

// reading returns the answers to a query and to that of its age.
func (r *round) reading(q query, promql, age string) reading {
	if promql == "" {
		return reading{}
	}
	given := r.answers[promql]
	if given.err != nil {
		return reading{err: fmt.Errorf("%s: %w", q.place(), given.err)}
	}
	read := reading{values: enter(given.samples, q)}
	if age == "" {
		return read
	}
	ages := r.answers[age]
	if ages.err != nil {
		return reading{err: fmt.Errorf("%s: its age: %w", q.place(), ages.err)}
	}
	read.ages = enter(ages.samples, q)
	return read
}
