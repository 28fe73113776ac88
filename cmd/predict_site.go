package cmd

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"vmmp/cmd/internal/rows"
	"vmmp/pkg/history"
	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/precopy"
)

// loadModel reads the model, and corrects it by the outcomes of the site where some are given.
func (f predictFlags) loadModel(ctx context.Context, e *env) (*model.Model, error) {
	m, err := loadModel(f.model)
	if err != nil || f.site == "" {
		return m, err
	}
	outcomes, err := f.outcomes(ctx, e)
	if err != nil {
		return nil, err
	}
	at, err := m.At(outcomes)
	if err != nil {
		return nil, usage(fmt.Errorf("--site %s: %w", history.Redact(f.site), err))
	}
	c := at.Correction()
	fmt.Fprintf(e.stderr, "vmmp: corrected by %d outcomes of the site: fixed part of a pause %.1f ms, "+
		"the rest times %.2f, %.0f MiB of the resident memory not sent, %.1f %% of the bandwidth for memory, "+
		"dirtying times %.1f, %s, "+
		"total time times %.2f\n", c.Outcomes, c.FixedMS, c.Memory, c.Place.OffsetMiB,
		c.Place.Efficiency*100, c.Place.Heat, whereZerosLie(&c.Place), c.Time)
	return at, nil
}

// whereZerosLie says what is known of the zeros of a site's guests.
func whereZerosLie(s *precopy.Site) string {
	text := fmt.Sprintf("%.1f MiB of zeros behind RAM", s.EndMiB)
	if s.Zeros == precopy.ZerosAsBooted {
		text += ", and some within it, as after a boot"
	}
	return text
}

// outcomes reads the migrations of the site.
func (f predictFlags) outcomes(ctx context.Context, e *env) ([]migration.Record, error) {
	if holdsHistory(f.site) {
		return readHistory(ctx, e, f.site)
	}
	format := f.format
	if f.input != "" { // which it is of
		format = ""
	}
	in, err := e.readRows("--site", f.site, format)
	if err != nil {
		return nil, usage(err)
	}
	return recordsOf(in)
}

// holdsHistory reports whether a location is a history rather than a file of rows: a URL, a file that SQLite made, or
// none that is there and has a name that rows have.
func holdsHistory(location string) bool {
	if location == "-" || !history.IsFile(location) {
		return location != "-"
	}
	const made = "SQLite format 3\x00"
	file, err := os.Open(location)
	if err != nil {
		return !slices.Contains([]string{".csv", ".ndjson", ".jsonl"}, strings.ToLower(filepath.Ext(location)))
	}
	defer file.Close()
	head := make([]byte, len(made))
	_, err = io.ReadFull(file, head)
	return err == nil && string(head) == made
}

// recordsOf returns the records of a file that something is to be learned from, of which every row must be in order,
// and over.
func recordsOf(in *rows.File) ([]migration.Record, error) {
	faults := in.Faults()
	records := make([]migration.Record, 0, len(in.Rows))
	for i := range in.Rows {
		row := &in.Rows[i]
		if row.Fault == nil && row.Report != nil && row.Report.Ended == nil {
			faults = append(faults, &migration.RowError{Name: in.Name, Line: row.Report.Line, Faults: migration.Faults{
				{Message: "tells of no migration that is over: nothing can be learned of it yet"}}})
		}
		records = append(records, row.Record)
	}
	return records, usage(faults.Err())
}
