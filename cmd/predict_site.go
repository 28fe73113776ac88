package cmd

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

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
	files := []string{".csv", ".ndjson", ".jsonl"}
	if !slices.Contains(files, strings.ToLower(filepath.Ext(f.site))) && f.site != "-" {
		return readHistory(ctx, e, f.site)
	}
	format, err := inputFormat(f.site, "")
	if err != nil {
		return nil, usage(err)
	}
	in, err := e.readRows("--site", f.site, format)
	if err != nil {
		return nil, usage(err)
	}
	var records []migration.Record
	for i := range in.Rows {
		records = append(records, in.Rows[i].Record)
	}
	return records, nil
}
