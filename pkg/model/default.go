package model

import (
	_ "embed"
	"fmt"
	"sync"
)

// embedded is the model that `make model` trains; MODEL.md is its card.
//
//go:embed default.vmmp
var embedded []byte

// Default returns the model that comes with the program.
var Default = sync.OnceValues(func() (*Model, error) {
	m, err := Decode(embedded)
	if err != nil {
		return nil, fmt.Errorf("embedded model: %w", err)
	}
	unload(embedded) // nobody reads it again
	return m, nil
})
