package rows

import (
	"fmt"
	"io"
	"slices"

	"vmmp/pkg/migration"
	"vmmp/pkg/source/printout"
)

// mostPrinted bounds what is read of a printout, in bytes: far more than tools print.
const mostPrinted = 64 << 20

// readPrintout reads what a tool printed: a row for each report.
func (f *File) readPrintout(r io.Reader, o Options) error {
	text, err := io.ReadAll(io.LimitReader(r, mostPrinted+1))
	if err != nil {
		return fmt.Errorf("read %s: %w", f.Name, err)
	}
	if len(text) > mostPrinted {
		return fmt.Errorf("%s: is larger than %d MiB: give the parts of it one by one", f.Name, mostPrinted>>20)
	}
	reports, err := printout.Read(text, printout.Format(f.Format), o.Zone)
	if err != nil {
		return fmt.Errorf("%s: %w", f.Name, err)
	}
	for i := range reports {
		f.Rows = append(f.Rows, f.printed(&reports[i]))
	}
	f.tabulate()
	return nil
}

// printed returns a report as a row.
func (f *File) printed(r *printout.Report) Row {
	row := Row{Record: r.Record(), Name: r.VM.Name, Notes: r.Notes, Report: r}
	if r.Ended != nil {
		row.Record.Source = r.Format.Source()
	}
	if text := r.Progress(); text != "" {
		row.Notes = append(row.Notes, text)
	}
	fault := r.Fault
	if fault == "" && r.Ended == nil && r.Features.Known() == 0 {
		fault = "tells nothing of the VM"
	}
	if fault != "" {
		row.Fault = &migration.RowError{Name: f.Name, Line: r.Line, Faults: migration.Faults{{Message: fault}}}
	}
	return row
}

// tabulate gives rows without a table of their own the columns that one of them knows.
func (f *File) tabulate() {
	header := append([]string{nameColumn}, migration.CSVHeader()...)
	known := make([]bool, len(header))
	for i := range f.Rows {
		row := &f.Rows[i]
		row.Cells = append([]string{row.Name}, row.Record.CSVCells()...)
		for k, cell := range row.Cells {
			known[k] = known[k] || cell != ""
		}
	}
	keep := func(cells []string) []string {
		k := -1
		return slices.DeleteFunc(cells, func(string) bool { k++; return !known[k] })
	}
	for i := range f.Rows {
		f.Rows[i].Cells = keep(f.Rows[i].Cells)
	}
	f.Header = keep(header)
}
