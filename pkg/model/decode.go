package model

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"vmmp/forest"
	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
)

// What is wrong with a model file.
var (
	ErrNotModel   = errors.New("not a vmmp model")
	ErrVersion    = errors.New("model of an unknown format version")
	ErrDamaged    = errors.New("model file is damaged")
	ErrFeatureSet = errors.New("model of another feature set")
)

// Decode reads a model from the bytes of its file. Errors are ErrNotModel,
// ErrVersion, ErrDamaged and ErrFeatureSet, wrapped with what to do about them.
func Decode(file []byte) (*Model, error) {
	if len(file) < preamble || !bytes.HasPrefix(file, []byte(magic)) {
		return nil, fmt.Errorf("%w: train one with 'vmmp train --out FILE'", ErrNotModel)
	}
	if v := binary.LittleEndian.Uint32(file[len(magic):]); v != formatVersion {
		return nil, fmt.Errorf("%w: the file has version %d, this vmmp reads version %d; use the vmmp that made it or train again",
			ErrVersion, v, formatVersion)
	}
	end := len(file) - sha256.Size
	sum := sha256.Sum256(file[:max(end, 0)])
	if end < preamble || !bytes.Equal(sum[:], file[end:]) {
		return nil, fmt.Errorf("%w: truncated or altered (checksum mismatch); copy it again or train again", ErrDamaged)
	}
	m, err := decodeBody(file[preamble:end], binary.LittleEndian.Uint32(file[len(magic)+4:]))
	if err != nil {
		return nil, err
	}
	m.id = hex.EncodeToString(sum[:6])
	return m, nil
}

// decodeBody reads what the checksum has vouched for; it may still have been made
// by another program, so nothing in it is believed.
func decodeBody(body []byte, headerLength uint32) (*Model, error) {
	if uint64(headerLength) > uint64(len(body)) {
		return nil, fmt.Errorf("%w: header of %d bytes in %d", ErrDamaged, headerLength, len(body))
	}
	var h header
	if err := json.Unmarshal(body[:headerLength], &h); err != nil {
		return nil, fmt.Errorf("%w: header: %w", ErrDamaged, err)
	}
	if err := h.check(); err != nil {
		return nil, err
	}
	m := &Model{
		schema: h.Schema, reference: h.Reference, usual: h.usual(), provenance: h.Provenance, support: h.Support,
		downtime: h.Downtime.regressor(evaluate.Downtime), total: h.Total.regressor(evaluate.TotalTime),
		converge: classifier{reliability: h.Converge.Reliability},
	}
	rest := body[headerLength:]
	var err error
	for _, f := range []**forest.Forest{&m.downtime.forest, &m.total.forest, &m.converge.forest} {
		if rest, err = takeForest(rest, f); err != nil {
			return nil, err
		}
	}
	if len(rest) != 0 || m.downtime.forest == nil || m.converge.forest == nil {
		return nil, fmt.Errorf("%w: forests missing or bytes left over", ErrDamaged)
	}
	if n := m.downtime.forest.Rows(); h.Support.Measured != nil && len(h.Support.Measured) != (n+7)/8 {
		return nil, fmt.Errorf("%w: support of %d bytes for %d rows", ErrDamaged, len(h.Support.Measured), n)
	}
	return m, nil
}

// takeForest reads one forest with its length and answers what follows.
func takeForest(body []byte, dst **forest.Forest) ([]byte, error) {
	if len(body) < 8 {
		return nil, fmt.Errorf("%w: forests end early", ErrDamaged)
	}
	length, body := binary.LittleEndian.Uint64(body), body[8:]
	if length > uint64(len(body)) {
		return nil, fmt.Errorf("%w: forest of %d bytes in %d", ErrDamaged, length, len(body))
	}
	if length == 0 {
		return body, nil
	}
	f, err := forest.Decode(body[:length])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if f.Columns() != len(columns) {
		return nil, fmt.Errorf("%w: forest of %d columns, not %d", ErrDamaged, f.Columns(), len(columns))
	}
	*dst = f
	return body[length:], nil
}

// check refuses a model whose features are not ours, and calibrations that cannot
// be.
func (h *header) check() error {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	if !slices.Equal(h.Columns, names) || len(h.Schema) != migration.Count {
		return fmt.Errorf("%w: it has columns %d and features %d where this vmmp has %d and %d; train again with this vmmp",
			ErrFeatureSet, len(h.Columns), len(h.Schema), len(names), migration.Count)
	}
	for f, d := range migration.Definitions {
		if h.Schema[f].Name != d.Name || h.Schema[f].Unit != d.Unit {
			return fmt.Errorf("%w: it has %s in %q where this vmmp has %s in %q; train again with this vmmp",
				ErrFeatureSet, h.Schema[f].Name, h.Schema[f].Unit, d.Name, d.Unit)
		}
	}
	for _, r := range []regressorHeader{h.Downtime, h.Total} {
		if !r.Levels.valid(levels.valid) || !r.Reliability.valid(reliability.valid) {
			return fmt.Errorf("%w: its calibration is not one", ErrDamaged)
		}
	}
	if !h.Converge.Reliability.valid(reliability.valid) {
		return fmt.Errorf("%w: its calibration is not one", ErrDamaged)
	}
	return nil
}

// usual is the set that Usual names; a name that is unknown was refused by check.
func (h *header) usual() (s migration.Set) {
	for _, name := range h.Usual {
		if f, ok := migration.Lookup(name); ok {
			s |= migration.Of(f)
		}
	}
	return s
}

func (h regressorHeader) regressor(t evaluate.Target) regressor {
	return regressor{target: t, mode: h.Mode, middle: h.Middle, levels: h.Levels, reliability: h.Reliability}
}

func (cs calibrations[T]) valid(is func(T) bool) bool {
	for _, c := range cs.Classes {
		if !is(c) {
			return false
		}
	}
	return is(cs.All)
}

// valid says whether m rises from 0 to 1.
func (m levels) valid() bool {
	n := len(m)
	return n == 0 || n > 1 && m[0] == 0 && m[n-1] == 1 && slices.IsSorted(m)
}

// valid says whether r rises and its frequencies are probabilities.
func (r reliability) valid() bool {
	n := len(r.Probability)
	if n != len(r.Frequency) || !slices.IsSorted(r.Probability) || !slices.IsSorted(r.Frequency) {
		return false
	}
	return n == 0 || r.Frequency[0] >= 0 && r.Frequency[n-1] <= 1
}
