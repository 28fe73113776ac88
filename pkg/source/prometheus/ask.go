package prometheus

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
)

var (
	// errNotPrometheus is the error of what answers in another way than a Prometheus.
	errNotPrometheus = errors.New("it does not answer as a Prometheus: " +
		"give the URL that /api/v1/query is below, with its whole prefix")

	// errQuery is the error of a query at fault: others can be asked.
	errQuery = errors.New("the server refuses the query")
)

// ask returns the answer to a query as of a moment of the server's clock; zero: as of now. Histograms are left out.
// Errors say which server was asked.
func (s *Source) ask(ctx context.Context, promql string, at time.Time) (model.Vector, v1.Warnings, error) {
	value, warnings, err := s.query(ctx, promql, at)
	if err != nil {
		return nil, nil, fmt.Errorf("ask %s: %w", s.shown, reason(ctx, err))
	}
	vector, ok := value.(model.Vector)
	if !ok {
		return nil, nil, fmt.Errorf("ask %s: %w: its answer is a %s, not the series of VMs", s.shown, errQuery, value.Type())
	}
	kept := vector[:0]
	for _, sample := range vector {
		if sample != nil && sample.Histogram == nil {
			kept = append(kept, sample)
		}
	}
	return kept, warnings, nil
}

// query asks, but where the call is over.
func (s *Source) query(ctx context.Context, promql string, at time.Time) (model.Value, v1.Warnings, error) {
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	value, warnings, _, err := s.api.Query(ctx, promql, at)
	if err == nil && value == nil {
		err = errNotPrometheus
	}
	return value, warnings, err
}

// reason returns what went wrong, in one line.
func reason(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var sent *url.Error // repeats the address and the query
	if errors.As(err, &sent) {
		return sent.Err
	}
	var answer *v1.Error
	if !errors.As(err, &answer) {
		return err
	}
	switch answer.Type {
	case v1.ErrBadData, v1.ErrExec:
		return fmt.Errorf("%w: %s", errQuery, oneLine(answer.Msg))
	case v1.ErrBadResponse:
		return fmt.Errorf("%w (%s)", errNotPrometheus, oneLine(answer.Msg))
	}
	return fmt.Errorf("%s %s", oneLine(answer.Msg), oneLine(answer.Detail))
}

// oneLine returns what a server said as a message can repeat it.
func oneLine(text string) string {
	const longest = 300
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + "..."
	}
	return strings.TrimSpace(strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return ' '
		}
		return c
	}, text))
}
