package migration

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// MarshalJSON writes the known features as one flat object in the table's order.
func (x Features) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for f := range x.known.All() {
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		value, err := json.Marshal(x.Value(f))
		if err != nil {
			return nil, fmt.Errorf("marshal %s: %w", f, err)
		}
		fmt.Fprintf(&b, "%q:%s", f.String(), value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// MarshalJSON writes what is known of the migration as one flat object, features before outcome, as DecodeJSON reads
// it.
func (r Record) MarshalJSON() ([]byte, error) {
	features, err := r.Features.MarshalJSON()
	if err != nil {
		return nil, err
	}
	b := bytes.NewBuffer(features[:len(features)-1])
	for _, column := range append(OutcomeColumns[:len(OutcomeColumns):len(OutcomeColumns)], predictionID) {
		value, known := r.jsonOutcome(column)
		if !known {
			continue
		}
		text, err := json.Marshal(value)
		if err != nil {
			return nil, fmt.Errorf("marshal %s: %w", column, err)
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		fmt.Fprintf(b, "%q:%s", column, text)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// jsonOutcome returns the value of one outcome field, and whether it is known.
func (r *Record) jsonOutcome(column string) (any, bool) {
	switch column {
	case "status":
		return r.Outcome.Status, r.Outcome.Status != StatusUnknown
	case "source":
		return r.Source, r.Source != SourceUnknown
	case "group":
		return r.Group, r.Group != ""
	case "site":
		return r.Site, r.Site != ""
	case "at":
		return r.At.UTC(), !r.At.IsZero()
	case predictionID:
		return r.PredictionID, r.PredictionID != ""
	}
	v := *r.number(column)
	return v, !math.IsNaN(v)
}

// UnmarshalJSON reads what MarshalJSON wrote. Fields that are no features, an outcome's among them, are left out;
// DecodeJSON tells of them.
func (x *Features) UnmarshalJSON(data []byte) error {
	record, _, faults := DecodeJSON(data)
	faults = slices.DeleteFunc(faults, func(f Fault) bool { return isOutcome(f.Location) })
	if err := faults.Err(); err != nil {
		return err
	}
	*x = record.Features
	return nil
}

// DecodeJSON reads one flat object of features, beside which the outcome may stand. Absent and null are unknown. It
// returns the names it does not know, in the object's order, and every fault at once; with faults the record is not to
// be used. Bounds are checked, required fields and contradictions are not.
func DecodeJSON(data []byte) (record Record, unknown []string, faults Faults) {
	record, _, unknown, faults = decodeJSON(data)
	return record, unknown, faults
}

// decodeJSON does the same, and returns how many fields have known names.
func decodeJSON(data []byte) (record Record, known int, unknown []string, faults Faults) {
	record.Outcome = UnknownOutcome()
	fields, err := object(data)
	if err != nil {
		return record, 0, nil, Faults{{Location: "body", Message: err.Error()}}
	}
	for _, f := range fields {
		name, raw := f.name, f.raw
		feature, isFeature := Lookup(name)
		switch {
		case !isFeature && !isOutcome(name):
			unknown = append(unknown, name)
		case string(raw) == "null":
		case isFeature:
			faults = append(faults, record.Features.decode(feature, raw)...)
		default:
			faults = append(faults, record.decodeOutcome(name, raw)...)
		}
	}
	return record, len(fields) - len(unknown), unknown, append(faults, record.Features.CheckBounds()...)
}

// isOutcome reports whether a JSON field is one of a record beyond its features.
func isOutcome(name string) bool {
	return name == predictionID || slices.Contains(OutcomeColumns, name)
}

// UnmarshalJSON reads what MarshalJSON wrote; fields that are unknown are left out, DecodeJSON tells of them.
func (r *Record) UnmarshalJSON(data []byte) error {
	record, _, faults := DecodeJSON(data)
	if err := faults.Err(); err != nil {
		return err
	}
	*r = record
	return nil
}

// decode makes f known from its JSON.
func (x *Features) decode(f Feature, raw json.RawMessage) Faults {
	d := Definitions[f]
	var err error
	switch d.Kind {
	case Points:
		var points []Point
		if err = strictPoints(raw, &points); err == nil {
			x.SetPoints(points)
		}
	case Bool:
		var v bool
		if err = json.Unmarshal(raw, &v); err == nil {
			x.Set(f, map[bool]float64{false: 0, true: 1}[v])
		}
	case Choice, Version:
		return x.decodeText(d, raw)
	default:
		var v float64
		if v, err = jsonNumber(raw); err == nil {
			x.set(d, v)
		}
	}
	if err != nil {
		return Faults{{d.Name, "must be " + d.jsonForm(), clip(string(raw))}}
	}
	return nil
}

// decodeText makes a feature known whose JSON is a string.
func (x *Features) decodeText(d Definition, raw json.RawMessage) Faults {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return Faults{{d.Name, "must be " + d.jsonForm(), clip(string(raw))}}
	}
	v, err := d.parse(text)
	if err != nil {
		return Faults{{d.Name, err.Error(), clip(text)}}
	}
	x.Set(d.Feature, v)
	return nil
}

// jsonNumber reads valid JSON that should be a number. What no float64 holds is an error, as it is for json.Unmarshal,
// which takes ten times as long.
func jsonNumber(raw json.RawMessage) (float64, error) {
	if c := raw[0]; c != '-' && (c < '0' || c > '9') {
		return 0, errors.New("is no number")
	}
	return strconv.ParseFloat(string(raw), 64)
}

// strictPoints reads [{"seconds": s, "mib": m}, ...] with both given in each.
func strictPoints(raw json.RawMessage, dst *[]Point) error {
	var given []json.RawMessage
	if err := json.Unmarshal(raw, &given); err != nil {
		return err
	}
	for _, text := range given {
		fields, err := object(text) // since names of struct fields would match in any case
		if err != nil {
			return err
		}
		p := Point{math.NaN(), math.NaN()}
		for _, f := range fields {
			switch f.name {
			case "seconds":
				p.Seconds, err = jsonNumber(f.raw)
			case "mib":
				p.MiB, err = jsonNumber(f.raw)
			}
			if err != nil {
				return err
			}
		}
		if math.IsNaN(p.Seconds) || math.IsNaN(p.MiB) {
			return errors.New("a point needs seconds and mib")
		}
		*dst = append(*dst, p)
	}
	return nil
}

// jsonForm returns in words what d's JSON value looks like.
func (d Definition) jsonForm() string {
	switch d.Kind {
	case Points:
		return `an array of {"seconds": s, "mib": m}`
	case Choice, Version:
		return d.Range() + ", in quotation marks"
	}
	return d.form()
}

// decodeOutcome makes one outcome field known from its JSON.
func (r *Record) decodeOutcome(name string, raw json.RawMessage) Faults {
	text := string(raw)
	switch name {
	case "status", "group", "at", "source", "site", predictionID:
		if err := json.Unmarshal(raw, &text); err != nil {
			return Faults{{name, "must be a string", clip(string(raw))}}
		}
	}
	if err := r.setOutcome(name, text); err != nil {
		return Faults{{name, err.Error(), clip(text)}}
	}
	return nil
}
