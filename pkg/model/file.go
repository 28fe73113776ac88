package model

import (
	"fmt"
	"io"
	"os"

	"vmmp/pkg/atomicfile"
)

// mostFileBytes bounds what is read as a model: far above any that is trained.
const mostFileBytes = 1 << 30

// Load reads a model from a file.
func Load(path string) (*Model, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read model: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, mostFileBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read model: %w", err)
	}
	if len(data) > mostFileBytes {
		return nil, fmt.Errorf("read model %s: %w: it is larger than %d bytes", path, ErrNotModel, mostFileBytes)
	}
	m, err := Decode(data)
	if err != nil {
		return nil, fmt.Errorf("read model %s: %w", path, err)
	}
	return m, nil
}

// Save writes the model to a file, as atomicfile.Write does, and returns its size in bytes.
func (m *Model) Save(path string) (int, error) {
	data, _, err := m.encode()
	if err != nil {
		return 0, err
	}
	if err := atomicfile.Write(path, data); err != nil {
		return 0, fmt.Errorf("save model: %w", err)
	}
	return len(data), nil
}

// Size returns the number of bytes that Save would write.
func (m *Model) Size() (int, error) {
	data, _, err := m.encode()
	return len(data), err
}
