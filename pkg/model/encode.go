package model

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"vmmp/forest"
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
	formatVersion = 4
	preamble      = len(magic) + 4 + 4
)

// header is the part of the file that is not forest.
type header struct {
	Columns    []string       `json:"columns"`
	Schema     []fieldRange   `json:"schema"`
	Provenance Provenance     `json:"provenance"`
	Transfer   transfer       `json:"transfer"`
	Experts    []expertHeader `json:"experts"` // of the measured world, of the simulated one, or both in that order
}

type expertHeader struct {
	World    prediction.Support `json:"world"`
	Usual    []string           `json:"usual"` // features that nine in ten training rows knew
	Downtime regressorHeader    `json:"downtime"`
	Total    regressorHeader    `json:"total_time"`
	Converge classifierHeader   `json:"convergence"`
	Widths   widths             `json:"widths"`
}

type regressorHeader struct {
	Mode        Mode                      `json:"mode,omitempty"`
	Middle      [2]float64                `json:"middle"` // of the learners without and with physics
	Levels      calibrations[levels]      `json:"levels"`
	Reliability calibrations[reliability] `json:"reliability"`
}

type classifierHeader struct {
	Reliability calibrations[reliability] `json:"reliability"`
}

// encode is the model as a file, with the id that this file has.
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
	h := header{Schema: m.schema, Provenance: m.provenance, Transfer: m.transfer}
	for _, c := range columns {
		h.Columns = append(h.Columns, c.name)
	}
	if m.measured != nil {
		h.Experts = append(h.Experts, m.measured.header(prediction.Measured))
	}
	if m.simulated != nil {
		h.Experts = append(h.Experts, m.simulated.header(prediction.Simulated))
	}
	return h
}

func (e *expert) header(world prediction.Support) expertHeader {
	h := expertHeader{
		World: world, Widths: e.widths,
		Downtime: e.downtime.header(), Total: e.total.header(), Converge: classifierHeader{e.converge.reliability},
	}
	for f := range e.usual.All() {
		h.Usual = append(h.Usual, f.String())
	}
	return h
}

// forests are the model's forests in the order of the file.
func (m *Model) forests() []**forest.Forest {
	var all []**forest.Forest
	for _, e := range []*expert{m.measured, m.simulated} {
		if e != nil {
			all = append(all, e.forests()...)
		}
	}
	return all
}

func (r *regressor) header() regressorHeader {
	return regressorHeader{
		r.learners[0].mode, [2]float64{r.learners[0].middle, r.learners[1].middle}, r.levels, r.reliability,
	}
}
