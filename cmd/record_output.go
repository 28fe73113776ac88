package cmd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"

	"vmmp/cmd/internal/humanize"
	"vmmp/cmd/internal/page"
	"vmmp/pkg/history"
	"vmmp/pkg/migration"
)

// recording is the result of `vmmp record`.
type recording struct {
	Where    string             `json:"where,omitempty"`
	DryRun   bool               `json:"dry_run,omitempty"`
	Recorded int                `json:"recorded"`
	Before   int                `json:"recorded_before"` // that were in the history already
	All      []migration.Record `json:"migrations"`      // recorded now or before

	lines  []string
	faults []error
}

// keepAll records the migrations. One that is refused is a fault; an error of the place ends it.
func (r *recording) keepAll(ctx context.Context, k keeper, all []outcome) error {
	for i := range all {
		o := &all[i]
		before, err := k.keep(ctx, o)
		var faults migration.Faults
		switch {
		case errors.As(err, &faults), errors.Is(err, history.ErrKeyReused):
			r.faults = append(r.faults, fmt.Errorf("%s: %s%s", o.file, o.called(), refusalText(err, faults)))
			continue
		case err != nil && r.Recorded > 0:
			return fmt.Errorf("%w; %d were recorded: record the same again, which adds the others only", err, r.Recorded)
		case err != nil:
			return err
		case before:
			r.Before++
		default:
			r.Recorded++
		}
		r.All = append(r.All, o.Record)
		r.lines = append(r.lines, o.line(before, r.DryRun))
	}
	return nil
}

// refusalText returns why a migration was refused, in words of the command line.
func refusalText(err error, faults migration.Faults) string {
	if len(faults) == 0 {
		return errRecordedText(err)
	}
	for i := range faults {
		faults[i].Location = strings.TrimPrefix(faults[i].Location, "body[0].") // as a server names it
		if faults[i].Location == "body" {
			faults[i].Location = "it"
		}
	}
	return faults.Error()
}

// errRecordedText leaves out what the store calls it.
func errRecordedText(err error) string {
	return strings.TrimSuffix(err.Error(), ": "+history.ErrKeyReused.Error())
}

// called names the VM in front of what is said of its migration.
func (o *outcome) called() string {
	if o.Group == "" {
		return ""
	}
	return o.Group + ": "
}

// line tells of one migration.
func (o *outcome) line(before, dry bool) string {
	parts := []string{string(o.Outcome.Status)}
	if o.Outcome.Status == migration.StatusUnknown {
		parts[0] = "migrated"
	}
	if v := o.Outcome.DowntimeMS; !math.IsNaN(v) {
		parts = append(parts, "downtime "+humanize.Milliseconds(v))
	}
	if v := o.Outcome.TotalTimeMS; !math.IsNaN(v) {
		parts = append(parts, "total time "+humanize.Duration(v))
	}
	parts = append(parts, fmt.Sprintf("%d features", o.Features.Known().Len()))
	switch {
	case dry:
		parts = append(parts, "not recorded: --dry-run")
	case before:
		parts = append(parts, "recorded before")
	}
	return o.called() + strings.Join(parts, ", ")
}

// write writes what was recorded in a form of output.
func (r *recording) write(e *env, form string) error {
	switch form {
	case "json":
		if r.All == nil {
			r.All = []migration.Record{} // an array also of none
		}
		return e.writeJSON(r)
	case "csv":
		return wrapWrite(migration.WriteCSV(e.stdout, r.All))
	case "ndjson":
		encoder := json.NewEncoder(e.stdout)
		for i := range r.All {
			if err := encoder.Encode(r.All[i]); err != nil {
				return wrapWrite(err)
			}
		}
		return nil
	}
	if len(r.All) == 0 {
		return nil
	}
	return e.writePage(func(p *page.Page) {
		for _, line := range r.lines {
			fmt.Fprintln(p, line)
		}
		fmt.Fprintln(p, r.summary())
	})
}

// summary says how many were recorded, and where.
func (r *recording) summary() string {
	text := fmt.Sprintf("%d recorded in %s", r.Recorded, r.Where)
	if r.DryRun {
		text = fmt.Sprintf("%d would be recorded in %s", r.Recorded, r.Where)
	}
	if r.Before > 0 {
		text += fmt.Sprintf(", %d were there already", r.Before)
	}
	return text
}
