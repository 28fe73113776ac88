package model

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"vmmp/pkg/migration"
)

// span is a closed range of numbers; nil holds everything, since nothing is known
// of it.
type span []float64

// holds allows for a hundredth of the span beyond its ends: the extremes of a
// sample are not the limits of what it stands for.
func (s span) holds(v float64) bool {
	if len(s) != 2 {
		return true
	}
	margin := (s[1] - s[0]) / 100
	return v >= s[0]-margin && v <= s[1]+margin
}

// placed is the number by which a feature lies within a range or without: its value,
// of a dirty curve the rate that it means over a second.
func placed(f migration.Feature, x migration.Features) float64 {
	if f == migration.DirtyCurve {
		return x.Curve().At(1)
	}
	return x.Get(f)
}

func (s span) including(v float64) span {
	switch {
	case math.IsNaN(v):
		return s
	case len(s) != 2:
		return span{v, v}
	}
	return span{min(s[0], v), max(s[1], v)}
}

// fieldRange is one feature as the model knows it.
type fieldRange struct {
	Name     string `json:"name"`
	Unit     string `json:"unit,omitempty"`
	Range    span   `json:"range,omitempty"`    // of all training rows
	Measured span   `json:"measured,omitempty"` // of those that really happened
	Rows     int    `json:"rows"`               // that know it

	MeasuredRows int `json:"measured_rows"` // of those, that really happened
}

// rangesOf finds the ranges of the training rows, by feature.
func rangesOf(examples []Example) []fieldRange {
	ranges := make([]fieldRange, migration.Count)
	for f, d := range migration.Definitions {
		ranges[f].Name, ranges[f].Unit = d.Name, d.Unit
	}
	for i := range examples {
		e := &examples[i]
		for f := range e.Features.Known().All() {
			ranges[f].add(e.measured(), placed(f, e.Features))
		}
		if e.untimed() {
			ranges[migration.TimeoutS].add(e.measured(), leastTimeout, mostTimeout)
		}
	}
	return ranges
}

// add makes a row known that has these values of the feature.
func (r *fieldRange) add(measured bool, values ...float64) {
	r.Rows++
	if measured {
		r.MeasuredRows++
	}
	for _, v := range values {
		r.Range = r.Range.including(v)
		if measured {
			r.Measured = r.Measured.including(v)
		}
	}
}

// outside lists, in words, the known features that no training row comes near.
func outside(schema []fieldRange, x migration.Features) []string {
	var warnings []string
	for f := range x.Known().All() {
		d, r := f.Definition(), schema[f]
		switch v := placed(f, x); {
		case r.Rows == 0 && f == migration.WorkingSetMiB: // it is of use to the physics
		case r.Rows == 0:
			warnings = append(warnings, fmt.Sprintf("%s was not known of any training row: it is of no use to this model", d.Name))
		case !r.Range.holds(v):
			warnings = append(warnings, fmt.Sprintf("%s %s is outside the training range (%s): the answer is an extrapolation",
				d.Name, short(v), strings.TrimSpace(short(r.Range[0])+" to "+short(r.Range[1])+" "+d.Unit)))
		}
	}
	return warnings
}

// short writes v with at most six significant digits and no exponent.
func short(v float64) string {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 6, 64), 64)
	if err != nil {
		panic("model: a number that was written cannot be read: " + err.Error())
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}
