package estimate

import (
	"math"

	"vmmp/pkg/migration"
)

// Span is a closed range of numbers; nil holds everything, since nothing is known of it.
type Span []float64

// Holds reports whether v is in s. It allows for a hundredth of the span beyond its ends: the extremes of a sample are
// not the limits of what it stands for.
func (s Span) Holds(v float64) bool {
	if len(s) != 2 {
		return true
	}
	margin := (s[1] - s[0]) / 100
	return v >= s[0]-margin && v <= s[1]+margin
}

// including returns the span that also holds v.
func (s Span) including(v float64) Span {
	switch {
	case math.IsNaN(v):
		return s
	case len(s) != 2:
		return Span{v, v}
	}
	return Span{min(s[0], v), max(s[1], v)}
}

// FieldRange is one feature as the model knows it.
type FieldRange struct {
	Name   string `json:"name"`
	Unit   string `json:"unit,omitempty"`
	Range  Span   `json:"range,omitempty"`  // of all rows that trees have learned from
	Rows   int    `json:"rows"`             // that know it
	Site   Span   `json:"site,omitempty"`   // of the migrations of the site
	Others Span   `json:"others,omitempty"` // of those of other sites, which no tree has learned from

	SiteRows   int `json:"site_rows"`   // that know it
	OthersRows int `json:"others_rows"` // that know it
}

func (r FieldRange) ofSite() (Span, int)   { return r.Site, r.SiteRows }
func (r FieldRange) ofOthers() (Span, int) { return r.Others, r.OthersRows }

// Origin is where a row comes from.
type Origin int

// The origins.
const (
	FromSite       Origin = iota // a migration that happened at the site the model speaks for
	FromOutcome                  // the same, of so few that they only correct the prior
	FromOthers                   // one that happened elsewhere
	FromSimulation               // one that was simulated
)

// Add makes a row known that has this value of the feature.
func (r *FieldRange) Add(from Origin, value float64) {
	switch from {
	case FromOthers:
		r.OthersRows++
		r.Others = r.Others.including(value)
		return
	case FromSite, FromOutcome:
		r.SiteRows++
		r.Site = r.Site.including(value)
	}
	if from == FromOutcome {
		return
	}
	r.Rows++
	r.Range = r.Range.including(value)
}

// Position returns the number by which a feature lies within a range or without: its value, of a dirty curve the rate
// that it means over a second.
func Position(f migration.Feature, x migration.Features) float64 {
	if f == migration.DirtyCurve {
		return x.Curve().At(1)
	}
	return x.Get(f)
}
