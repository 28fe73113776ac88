package model

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"vmmp/forest"
	"vmmp/pkg/model/internal/estimate"
	"vmmp/pkg/prediction"
)

// The file format, little endian:
//
//	magic            8 bytes  "vmmpmodl"
//	format version   u32
//	header length    u32
//	header           JSON: schema, provenance, calibration
//	forests          five times for each expert of the header: u64 length, 0 for
//	                 none, and forest encoding: downtime without and with physics,
//	                 total time the same, convergence
//	checksum         SHA-256 of all before it
const (
	magic         = "vmmpmodl"
	formatVersion = 6
	preamble      = len(magic) + 4 + 4
)

// header is the part of the file that is not forest.
type header struct {
	Columns    []string              `json:"columns"`
	Schema     []estimate.FieldRange `json:"schema"`
	Provenance Provenance            `json:"provenance"`
	Correction estimate.Correction   `json:"correction"`
	SiteRows   int                   `json:"site_rows"` // with a downtime, that the site's expert has learned from
	Experts    []estimate.State      `json:"experts"`   // of the site's migrations, of simulated ones, or both in that order
}

// New returns a model of experts, whose schema has a row for each feature. Its id is that of the file that Save writes.
// Package train calls it; nobody outside of this module can, since experts are of an internal package.
func New(experts estimate.Experts, p Provenance) (*Model, error) {
	m := &Model{experts: experts, provenance: p}
	var err error
	_, m.id, err = m.encode()
	return m, err
}

// encode returns the model as a file, with the id that this file has.
func (m *Model) encode() (file []byte, id string, err error) {
	text, err := json.Marshal(m.header())
	if err != nil {
		return nil, "", fmt.Errorf("encode model header: %w", err)
	}
	file = append(file, magic...)
	file = binary.LittleEndian.AppendUint32(file, formatVersion)
	file = binary.LittleEndian.AppendUint32(file, uint32(len(text)))
	file = append(file, text...)
	for _, f := range m.forests() {
		if file, err = appendForest(file, *f); err != nil {
			return nil, "", err
		}
	}
	sum := sha256.Sum256(file)
	return append(file, sum[:]...), hex.EncodeToString(sum[:6]), nil
}

// appendForest appends a forest with its length; no forest has none.
func appendForest(file []byte, f *forest.Forest) ([]byte, error) {
	at := len(file)
	file = binary.LittleEndian.AppendUint64(file, 0)
	if f == nil {
		return file, nil
	}
	file, err := f.AppendBinary(file)
	if err != nil {
		return nil, fmt.Errorf("encode forest: %w", err)
	}
	binary.LittleEndian.PutUint64(file[at:], uint64(len(file)-at-8))
	return file, nil
}

func (m *Model) header() header {
	h := header{
		Columns: estimate.ColumnNames(), Schema: learnedSchema(m.experts.Schema),
		Provenance: m.provenance,
		Correction: m.experts.Correction, SiteRows: m.experts.Rows,
	}
	if e := m.experts.Site; e != nil {
		h.Experts = append(h.Experts, e.State(prediction.Site))
	}
	if e := m.experts.Prior; e != nil {
		h.Experts = append(h.Experts, e.State(prediction.Simulated))
	}
	return h
}

// learnedSchema returns the rows of a schema that a file holds: without the last ones that no training row knew, so
// that a feature which no forest has a column of changes no model.
func learnedSchema(schema []estimate.FieldRange) []estimate.FieldRange {
	end := len(schema)
	for end > estimate.LearnedCount && schema[end-1].Rows == 0 {
		end--
	}
	return schema[:end]
}

// forests returns where the model's forests are, in the order of the file.
func (m *Model) forests() []**forest.Forest {
	var all []**forest.Forest
	for _, e := range m.experts.All() {
		all = append(all, e.Forests()...)
	}
	return all
}
