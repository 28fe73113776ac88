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
	"sync"

	"vmmp/forest"
	"vmmp/pkg/migration"
	"vmmp/pkg/model/internal/estimate"
	"vmmp/pkg/prediction"
)

// What is wrong with a model file.
var (
	ErrNotModel   = errors.New("not a vmmp model")
	ErrVersion    = errors.New("model of an unknown format version")
	ErrDamaged    = errors.New("model file is damaged")
	ErrFeatureSet = errors.New("model of another feature set")
)

// Decode reads a model from the bytes of its file. Errors are ErrNotModel, ErrVersion, ErrDamaged and ErrFeatureSet,
// wrapped with what to do about them.
func Decode(file []byte) (*Model, error) {
	if len(file) < preamble || !bytes.HasPrefix(file, []byte(magic)) {
		return nil, fmt.Errorf("%w: train one with 'vmmp train --out FILE'", ErrNotModel)
	}
	if v := binary.LittleEndian.Uint32(file[len(magic):]); v != formatVersion {
		return nil, fmt.Errorf("%w: the file has version %d, this vmmp reads version %d; "+
			"use the vmmp that made it or train again",
			ErrVersion, v, formatVersion)
	}
	end := len(file) - sha256.Size
	if end < preamble {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, errChecksum)
	}
	// The body is read while its checksum is computed: both take milliseconds, and reading stands any bytes.
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

// decodeBody reads all between preamble and checksum. It may have been made by another program, so nothing in it is
// believed.
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
	m := &Model{provenance: h.Provenance}
	m.experts = estimate.Experts{Schema: completeSchema(h.Schema), Correction: h.Correction, Rows: h.SiteRows}
	for i := range h.Experts {
		s, es := &h.Experts[i], &m.experts
		switch {
		case s.Domain == prediction.Site && es.Site == nil && es.Prior == nil:
			es.Site = s.Expert()
		case s.Domain == prediction.Simulated && es.Prior == nil:
			es.Prior = s.Expert()
		default:
			return nil, fmt.Errorf("%w: no place for an expert of world %q", ErrDamaged, s.Domain)
		}
	}
	if err := decodeForests(body[headerLength:], m.forests()); err != nil {
		return nil, err
	}
	all := m.experts.All()
	if len(all) == 0 || slices.ContainsFunc(all, func(e *estimate.Expert) bool { return !e.Complete() }) {
		return nil, fmt.Errorf("%w: forests missing", ErrDamaged)
	}
	return m, nil
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

// decodeForest reads one forest; no bytes are none.
func decodeForest(data []byte) (*forest.Forest, error) {
	if len(data) == 0 {
		return nil, nil
	}
	f, err := forest.Decode(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if n := estimate.ColumnCount(); f.Columns() != n {
		return nil, fmt.Errorf("%w: forest of %d columns, not %d", ErrDamaged, f.Columns(), n)
	}
	return f, nil
}

// completeSchema adds the features that the schema of a file lacks, since no training row knew them.
func completeSchema(schema []estimate.FieldRange) []estimate.FieldRange {
	for _, d := range migration.Definitions[len(schema):] {
		schema = append(schema, estimate.FieldRange{Name: d.Name, Unit: d.Unit})
	}
	return schema
}

// check refuses a model whose features are not ours, and calibrations that cannot be.
func (h *header) check() error {
	names := estimate.ColumnNames()
	if n := len(h.Schema); !slices.Equal(h.Columns, names) || n < estimate.LearnedCount || n > migration.Count {
		return fmt.Errorf("%w: it has columns %d and features %d where this vmmp has %d and %d; train again with this vmmp",
			ErrFeatureSet, len(h.Columns), n, len(names), migration.Count)
	}
	for f, r := range h.Schema {
		if d := migration.Definitions[f]; r.Name != d.Name || r.Unit != d.Unit {
			return fmt.Errorf("%w: it has %s in %q where this vmmp has %s in %q; train again with this vmmp",
				ErrFeatureSet, r.Name, r.Unit, d.Name, d.Unit)
		}
	}
	valid := h.Correction.Valid() && h.SiteRows >= 0
	for i := range h.Experts {
		e := &h.Experts[i]
		for _, name := range e.Usual {
			if _, ok := migration.Lookup(name); !ok {
				return fmt.Errorf("%w: it knows %q, which this vmmp does not; train again with this vmmp", ErrFeatureSet, name)
			}
		}
		valid = valid && e.Valid()
	}
	if !valid {
		return fmt.Errorf("%w: its calibration is not one", ErrDamaged)
	}
	return nil
}
