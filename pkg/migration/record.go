package migration

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// A Status is how a migration ended.
type Status string

// The ways a migration ends.
const (
	StatusUnknown Status = ""
	Completed     Status = "completed"     // pre-copy switched over by itself
	Forced        Status = "forced"        // the guest was stopped although pre-copy had not converged
	NotConverged  Status = "not_converged" // given up and cancelled
	Failed        Status = "failed"        // ended by a fault that has nothing to do with convergence
)

// Statuses lists the known ways a migration ends.
var Statuses = []Status{Completed, Forced, NotConverged, Failed}

// A Source is where a record comes from.
type Source string

// The sources of records.
const (
	SourceUnknown    Source = ""
	SourceLab        Source = "lab"
	SourcePrecopy    Source = "precopy" // simulated by the physics; every other source is a real migration
	SourceLibvirt    Source = "libvirt"
	SourceQEMU       Source = "qemu"
	SourcePrometheus Source = "prometheus"
	SourceKubernetes Source = "kubernetes"
	SourceProxmox    Source = "proxmox"
	SourceAPI        Source = "api"
)

// Sources lists the known sources.
var Sources = []Source{
	SourceLab, SourcePrecopy, SourceLibvirt, SourceQEMU, SourcePrometheus, SourceKubernetes, SourceProxmox, SourceAPI,
}

// An Outcome is what came of a migration. Numbers that were not recorded are NaN; UnknownOutcome starts that way.
type Outcome struct {
	DowntimeMS     float64 // the gap between the source's STOP and the destination's RESUME
	TotalTimeMS    float64 // from the start of the migration to its end
	TransferredMiB float64
	Rounds         float64
	Status         Status
}

// UnknownOutcome returns an outcome of which nothing was recorded.
func UnknownOutcome() Outcome {
	nan := math.NaN()
	return Outcome{DowntimeMS: nan, TotalTimeMS: nan, TransferredMiB: nan, Rounds: nan}
}

// SwitchedOver reports whether pre-copy is known to have switched over by itself. A record that has a downtime and no
// status counts as one that did: that is what people record when they record nothing else.
func (o Outcome) SwitchedOver() bool {
	return o.Status == Completed || o.Status == StatusUnknown && !math.IsNaN(o.DowntimeMS)
}

// A Record is one migration: what was known before, and what came of it.
type Record struct {
	Features Features
	Outcome  Outcome
	Group    string    // workload, setting or VM identity: what must not be split between training and test
	At       time.Time // zero when unknown
	Source   Source
	Site     string // hypervisor, hosts and network that it was made at; empty when unknown

	// PredictionID is that of the prediction made before the migration, empty when there was none. JSON carries it, CSV
	// does not.
	PredictionID string
}

// OutcomeColumns are the CSV columns and JSON fields of a record beyond its features, in their order.
var OutcomeColumns = []string{
	"downtime_ms", "total_time_ms", "transferred_mib", "rounds", "status", "group", "at", "source", "site",
}

// predictionID is the one field of a record that only JSON has.
const predictionID = "prediction_id"

// setOutcome reads the text of one outcome column; empty text is unknown.
func (r *Record) setOutcome(column, text string) error {
	if text == "" {
		return nil
	}
	switch column {
	case "status":
		return oneOf(&r.Outcome.Status, Status(text), Statuses)
	case "source":
		return oneOf(&r.Source, Source(text), Sources)
	case "group":
		return setLine(&r.Group, text)
	case "site":
		return setLine(&r.Site, text)
	case predictionID:
		r.PredictionID = text
		return nil
	case "at":
		at, err := time.Parse(time.RFC3339, text)
		if year := at.UTC().Year(); err != nil || year < 0 || year > 9999 {
			return fmt.Errorf("must be a time like 2026-01-31T12:00:00Z, not %q", clip(text))
		}
		r.At = at
		return nil
	}
	v, err := parseNumber(text)
	if err != nil || v < 0 || math.IsInf(v, 0) {
		return fmt.Errorf("must be a number that is not negative, not %q", clip(text))
	}
	*r.number(column) = v
	return nil
}

// The longest name of a group or a site, in bytes: what a database can still index.
const maxNameBytes = 1000

// setLine takes one line of text, since names end up in tables and messages.
func setLine(dst *string, text string) error {
	text = strings.TrimSpace(text)
	switch {
	case len(text) > maxNameBytes:
		return fmt.Errorf("must be at most %d bytes long, not %d", maxNameBytes, len(text))
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
		return fmt.Errorf("must be one line of text, not %q", clip(text))
	}
	*dst = text
	return nil
}

// number returns where an outcome's number is kept.
func (r *Record) number(column string) *float64 {
	switch column {
	case "downtime_ms":
		return &r.Outcome.DowntimeMS
	case "total_time_ms":
		return &r.Outcome.TotalTimeMS
	case "transferred_mib":
		return &r.Outcome.TransferredMiB
	case "rounds":
		return &r.Outcome.Rounds
	}
	panic("migration: no number in column " + column)
}

// formatOutcome returns the text of one outcome column, as setOutcome reads it.
func (r *Record) formatOutcome(column string) string {
	switch column {
	case "status":
		return string(r.Outcome.Status)
	case "source":
		return string(r.Source)
	case "group":
		return r.Group
	case "site":
		return r.Site
	case "at":
		if r.At.IsZero() {
			return ""
		}
		return r.At.UTC().Format(time.RFC3339)
	}
	if v := *r.number(column); !math.IsNaN(v) {
		return plain(v)
	}
	return ""
}

func oneOf[T ~string](dst *T, v T, known []T) error {
	if !slices.Contains(known, v) {
		names := make([]string, len(known))
		for i, k := range known {
			names[i] = string(k)
		}
		return fmt.Errorf("must be one of %s, not %q", strings.Join(names, ", "), clip(string(v)))
	}
	*dst = v
	return nil
}
