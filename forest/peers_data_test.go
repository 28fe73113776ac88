//go:build bench

package forest

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"

	"gonum.org/v1/gonum/mat"
)

// peerSet is a data set that programs are compared on.
type peerSet struct {
	name    string
	title   string
	rows    int
	columns int
	draw    func(seed uint64, rows, columns int) Data
	alone   bool // only vmmp learns it
}

var peerSets = []peerSet{
	{"a", "loads, 1,000 x 4", 1_000, 4, loads, false},
	{"b", "friedman1, 10,000 x 10", 10_000, 10, friedman1, false},
	{"c", "friedman1, 100,000 x 10", 100_000, 10, friedman1, false},
	{"d", "friedman1, 1,000,000 x 8", 1_000_000, 8, friedman1, true},
}

// peerTestRows is the number of test rows of every set: enough for R2 to distinguish programs, and for threads to be
// busy.
const peerTestRows = 20_000

// write draws training and test rows and writes them to files that all programs read, as float32: so all of them see
// the same values, whatever they calculate with.
func (s peerSet) write(folder string, seed uint64) error {
	d := s.draw(seed, s.rows+peerTestRows, s.columns)
	x := d.X.(*mat.Dense).RawMatrix().Data
	for _, file := range []struct {
		name   string
		values []float64
	}{
		{"train-x", x[:s.rows*s.columns]},
		{"train-y", d.Y[:s.rows]},
		{"test-x", x[s.rows*s.columns:]},
		{"test-y", d.Y[s.rows:]},
	} {
		if err := writeFloats(peerFile(folder, file.name), file.values); err != nil {
			return err
		}
	}
	return nil
}

func peerFile(folder, name string) string { return filepath.Join(folder, name+".f32") }

// readPeerData reads a part of what write has written.
func readPeerData(folder, part string, columns int) (Data, error) {
	x, err := readFloats(peerFile(folder, part+"-x"))
	if err != nil {
		return Data{}, err
	}
	y, err := readFloats(peerFile(folder, part+"-y"))
	if err != nil {
		return Data{}, err
	}
	return Data{X: mat.NewDense(len(y), columns, x), Y: y}, nil
}

func writeFloats(path string, values []float64) error {
	narrow := make([]float32, len(values))
	for i, v := range values {
		narrow[i] = float32(v)
	}
	data, err := binary.Append(nil, binary.LittleEndian, narrow)
	if err != nil {
		return fmt.Errorf("encode %s: %w", path, err)
	}
	return os.WriteFile(path, data, 0o644)
}

func readFloats(path string) ([]float64, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	narrow := make([]float32, len(data)/4)
	if _, err := binary.Decode(data, binary.LittleEndian, narrow); err != nil {
		return nil, fmt.Errorf("decode %s: %w", path, err)
	}
	values := make([]float64, len(narrow))
	for i, v := range narrow {
		values[i] = float64(v)
	}
	return values, nil
}
