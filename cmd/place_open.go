package cmd

import (
	"context"
	"errors"

	"vmmp/pkg/source"
)

func openLibvirt(ctx context.Context, uri string) (source.Source, error) { return nil, errors.New("x") }
func openQEMU(ctx context.Context, uri string) (source.Source, error)    { return nil, errors.New("x") }
func openPrometheus(ctx context.Context, uri, m string) (source.Source, error) {
	return nil, errors.New("x")
}
