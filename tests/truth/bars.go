package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"go.yaml.in/yaml/v3"
)

// A bar says what is asked of one figure.
type bar struct {
	Set     string `yaml:"set"`
	Measure string `yaml:"measure"`
	Bar     limits `yaml:"bar"`  // what it must not fall below again
	Want    limits `yaml:"want"` // where it is to get; shown, and not enforced

	measure measure
}

// limits are what a figure may be; nil: anything.
type limits struct {
	AtLeast *float64 `yaml:"at_least"`
	AtMost  *float64 `yaml:"at_most"`
}

// readBars reads a file of bars; none without a name.
func readBars(path string) ([]bar, error) {
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the bars: %w", err)
	}
	bars, err := parseBars(data)
	if err != nil {
		return nil, fmt.Errorf("read the bars of %s: %w", path, err)
	}
	return bars, nil
}

// parseBars reads a YAML list of bars. It refuses what it does not know and what asks for nothing, since a bar that is
// misspelt would be kept by any model.
func parseBars(data []byte) ([]bar, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	var bars []bar
	if err := decoder.Decode(&bars); errors.Is(err, io.EOF) {
		return nil, errors.New("no bars")
	} else if err != nil {
		return nil, err
	}
	for i := range bars {
		b := &bars[i]
		var err error
		if b.measure, err = lookup(b.Measure); err != nil {
			return nil, fmt.Errorf("bar %d: %w", i+1, err)
		}
		if b.Set == "" || b.Bar.none() && b.Want.none() {
			return nil, fmt.Errorf("bar %d: a set and at_least or at_most are needed", i+1)
		}
	}
	return bars, nil
}

func (l limits) none() bool { return l.AtLeast == nil && l.AtMost == nil }

// hold reports whether a figure keeps the limits; an undefined one keeps none.
func (l limits) hold(v float64) bool {
	return l.none() ||
		!math.IsNaN(v) && (l.AtLeast == nil || v >= *l.AtLeast) && (l.AtMost == nil || v <= *l.AtMost)
}

// text returns the limits in words.
func (l limits) text(format func(float64) string) string {
	switch {
	case l.AtLeast != nil && l.AtMost != nil:
		return format(*l.AtLeast) + " to " + format(*l.AtMost)
	case l.AtLeast != nil:
		return "at least " + format(*l.AtLeast)
	case l.AtMost != nil:
		return "at most " + format(*l.AtMost)
	}
	return ""
}

// figure returns the figure that a bar is about, NaN where nothing defines it; known is false where there is no such
// set.
func (r *report) figure(b *bar) (v float64, known bool) {
	s, known := r.find(b.Set)
	if !known {
		return math.NaN(), false
	}
	return float64(s.figures[b.measure]), true
}

// below names every figure that does not keep its bar. A set that is not there keeps none: it may have been renamed.
func (r *report) below() []string {
	var faults []string
	for i := range r.wanted {
		b := &r.wanted[i]
		v, known := r.figure(b)
		what, asked := b.Set+": "+b.Measure, b.Bar.text(measures[b.measure].format)
		switch {
		case b.Bar.hold(v):
		case !known:
			faults = append(faults, what+": there is no such set; asked is "+asked)
		case math.IsNaN(v):
			faults = append(faults, what+" is undefined; asked is "+asked)
		default:
			faults = append(faults, fmt.Sprintf("%s is %s; asked is %s", what, measures[b.measure].format(v), asked))
		}
	}
	return faults
}
