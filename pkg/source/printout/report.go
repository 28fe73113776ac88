package printout

import (
	"fmt"
	"math"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/source"
)

// A Report is what a file tells of one VM and of one migration of it.
type Report struct {
	source.Observation // At is zero where the file does not say when it was printed
	Format             Format
	Line               int // of the file, where the report begins

	// Samples are how the migration went while it ran, the oldest first. What is not told of a sample is NaN, of its
	// rounds 0. None of a VM that is not migrated.
	Samples []migration.Sample

	// Ended is what came of the migration, nil of one that is under way.
	Ended *source.Ended

	// Fault is what is wrong with this report, and what to do; empty where nothing is. Its features may be known
	// nevertheless.
	Fault string
}

// Record returns the features that the file tells beside the outcome. The group is the VM's name: what must not be
// split between training and test.
func (r *Report) Record() migration.Record {
	record := migration.Record{Outcome: migration.UnknownOutcome()}
	if r.Ended != nil {
		record = r.Ended.Record
	}
	record.Features = record.Features.Or(r.Features)
	record.Group = r.VM.Name
	return record
}

// Progress returns in words how the migration goes that is under way; empty where none is.
func (r *Report) Progress() string {
	if r.Ended != nil || len(r.Samples) == 0 {
		return ""
	}
	s := r.Samples[len(r.Samples)-1]
	text := "the migration is under way"
	if !math.IsNaN(s.Seconds) {
		text += fmt.Sprintf(" since %.3g s", s.Seconds)
	}
	if s.Rounds > 0 {
		text += fmt.Sprintf(", in round %d", s.Rounds)
	}
	if !math.IsNaN(s.RemainingMiB) {
		text += fmt.Sprintf(", %.0f MiB remain", s.RemainingMiB)
	}
	if !math.IsNaN(s.ExpectedDowntimeMS) {
		text += fmt.Sprintf(", the hypervisor expects a pause of %.0f ms", s.ExpectedDowntimeMS)
	}
	return text + ": the answer is to one that begins now"
}

// observed returns a report of which nothing is known but the VM's name.
func observed(name string, line int) Report {
	return Report{Observation: source.Observed(source.VM{ID: name, Name: name}, time.Time{}), Line: line}
}

// told sets a feature that a file tells in the given words.
func (r *Report) told(f migration.Feature, v float64, from string) { r.Tell(f, v, from, r.At) }

// end sets what came of the migration.
func (r *Report) end(o migration.Outcome, reason string) {
	r.Ended = &source.Ended{VM: r.VM, Record: migration.Record{Outcome: o, At: r.At}, Reason: reason}
}

// positive returns v, NaN in place of 0: what tools print of what they do not know yet.
func positive(v float64) float64 {
	if v <= 0 {
		return math.NaN()
	}
	return v
}
