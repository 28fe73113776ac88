package model

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"

	"vmmp/forest"
	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
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
	if end < preamble {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, errChecksum)
	}
	// The body is read while its checksum is computed: both take milliseconds, and
	// reading stands any bytes.
	var sum [sha256.Size]byte
	var summing sync.WaitGroup
	summing.Go(func() { sum = sha256.Sum256(file[:end]) })
	m, err := decodeBody(file[preamble:end], binary.LittleEndian.Uint32(file[len(magic)+4:]))
	summing.Wait()
	if !bytes.Equal(sum[:], file[end:]) {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, errChecksum)
	}
	if err != nil {
		return nil, err
	}
	m.id = hex.EncodeToString(sum[:6])
	return m, nil
}

var errChecksum = errors.New("truncated or altered (checksum mismatch); copy it again or train again")

// decodeBody reads all between preamble and checksum. It may have been made by
// another program, so nothing in it is believed.
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
	m := &Model{schema: h.Schema, provenance: h.Provenance, transfer: h.Transfer}
	for _, e := range h.Experts {
		switch {
		case e.World == prediction.Measured && m.measured == nil && m.simulated == nil:
			m.measured = e.expert()
		case e.World == prediction.Simulated && m.simulated == nil:
			m.simulated = e.expert()
		default:
			return nil, fmt.Errorf("%w: no place for an expert of world %q", ErrDamaged, e.World)
		}
	}
	if err := decodeForests(body[headerLength:], m.forests()); err != nil {
		return nil, err
	}
	if m.main() == nil {
		return nil, fmt.Errorf("%w: forests missing", ErrDamaged)
	}
	for _, e := range []*expert{m.measured, m.simulated} {
		if e != nil && (e.downtime.empty() || e.converge.forest == nil || !e.downtime.answers() || !e.total.answers()) {
			return nil, fmt.Errorf("%w: forests missing", ErrDamaged)
		}
	}
	return m, nil
}

// expert is the one that the header describes, still without its forests.
func (h *expertHeader) expert() *expert {
	return &expert{
		widths: h.Widths, usual: h.usual(), converge: classifier{reliability: h.Converge.Reliability},
		downtime: h.Downtime.regressor(evaluate.Downtime), total: h.Total.regressor(evaluate.TotalTime),
	}
}

// decodeForests reads the forests, side by side, and nothing after them.
func decodeForests(body []byte, forests []**forest.Forest) error {
	faults := make([]error, len(forests))
	var reading sync.WaitGroup
	for i, f := range forests {
		if len(body) < 8 || binary.LittleEndian.Uint64(body) > uint64(len(body)-8) {
			faults[i] = fmt.Errorf("%w: forests end early", ErrDamaged)
			break
		}
		length, rest := binary.LittleEndian.Uint64(body), body[8:]
		reading.Go(func() { *f, faults[i] = decodeForest(rest[:length]) })
		body = rest[length:]
	}
	reading.Wait()
	if err := errors.Join(faults...); err != nil {
		return err
	}
	if len(body) != 0 {
		return fmt.Errorf("%w: %d bytes left over", ErrDamaged, len(body))
	}
	return nil
}

// decodeForest reads one forest; nothing is none.
func decodeForest(data []byte) (*forest.Forest, error) {
	if len(data) == 0 {
		return nil, nil
	}
	f, err := forest.Decode(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if f.Columns() != len(columns) {
		return nil, fmt.Errorf("%w: forest of %d columns, not %d", ErrDamaged, f.Columns(), len(columns))
	}
	return f, nil
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
	valid := h.Transfer.valid()
	for i := range h.Experts {
		e := &h.Experts[i]
		for _, name := range e.Usual {
			if _, ok := migration.Lookup(name); !ok {
				return fmt.Errorf("%w: it knows %q, which this vmmp does not; train again with this vmmp", ErrFeatureSet, name)
			}
		}
		valid = valid && e.Downtime.valid() && e.Total.valid() && e.Converge.Reliability.valid(reliability.valid) && e.Widths.valid()
	}
	if !valid {
		return fmt.Errorf("%w: its calibration is not one", ErrDamaged)
	}
	return nil
}

// mostSigma is a spread of logarithms beyond what any two times can differ by.
const mostSigma = 100

func (h regressorHeader) valid() bool {
	return (h.Mode == "" || slices.Contains(modes, h.Mode)) &&
		math.Abs(h.Middle[0]) <= mostSigma && math.Abs(h.Middle[1]) <= mostSigma &&
		h.Levels.valid(levels.valid) && h.Reliability.valid(reliability.valid)
}

// answers says whether the forests there are keep the rows that distributions are
// made of: a forest's leaves hold all some, or none.
func (r *regressor) answers() bool {
	for _, l := range r.learners {
		if l.forest != nil && len(l.forest.LeafRows(nil, make([]float64, len(columns)))) == 0 {
			return false
		}
	}
	return true
}

// usual is the set that Usual names; a name that is unknown was refused by check.
func (h *expertHeader) usual() (s migration.Set) {
	for _, name := range h.Usual {
		if f, ok := migration.Lookup(name); ok {
			s |= migration.Of(f)
		}
	}
	return s
}

func (h regressorHeader) regressor(t evaluate.Target) regressor {
	r := regressor{target: t, levels: h.Levels, reliability: h.Reliability}
	for side, middle := range h.Middle {
		r.learners[side] = learner{target: t, mode: h.Mode, middle: middle}
	}
	return r
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
