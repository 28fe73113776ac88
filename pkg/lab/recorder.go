package lab

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
)

// Recorder appends rows to a CSV file and their traces to a file beside it. A row
// is there once Add returns; a sweep that is broken off goes on from there.
type Recorder struct {
	rows, traces *os.File
	done         map[string]bool
}

// TraceSuffix is what the traces' file is called, after the name of the rows'.
const TraceSuffix = ".traces.gz"

// OpenRecorder opens or makes the two files. A file that is not the lab's is
// refused.
func OpenRecorder(path string) (*Recorder, error) {
	rows, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open recording: %w", err)
	}
	done, err := recordedIDs(rows)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read recording %s: %w", path, err), rows.Close())
	}
	traces, err := os.OpenFile(path+TraceSuffix, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open recording: %w", err), rows.Close())
	}
	r := &Recorder{rows: rows, traces: traces, done: done}
	if info, err := rows.Stat(); err != nil || info.Size() == 0 {
		err = errors.Join(err, r.write(Header()))
		if err != nil {
			return nil, errors.Join(err, r.Close())
		}
	}
	return r, nil
}

// Has says whether a migration has been recorded.
func (r *Recorder) Has(id string) bool { return r.done[id] }

// Add records one migration: its trace first, so that no row is without.
func (r *Recorder) Add(row *Row) error {
	var trace bytes.Buffer
	if err := AppendTrace(&trace, Trace{ID: row.Planned.ID, Samples: row.Result.Samples}); err != nil {
		return err
	}
	if _, err := r.traces.Write(trace.Bytes()); err != nil {
		return fmt.Errorf("record trace: %w", err)
	}
	if err := r.write(row.cells()); err != nil {
		return err
	}
	r.done[row.Planned.ID] = true
	return nil
}

// write appends one line to the rows at once.
func (r *Recorder) write(cells []string) error {
	var line bytes.Buffer
	w := csv.NewWriter(&line)
	if err := w.Write(cells); err != nil {
		return fmt.Errorf("record row: %w", err)
	}
	w.Flush()
	if _, err := r.rows.Write(line.Bytes()); err != nil {
		return fmt.Errorf("record row: %w", err)
	}
	return nil
}

// Close closes both files once their contents are on disk.
func (r *Recorder) Close() error {
	return errors.Join(r.rows.Sync(), r.traces.Sync(), r.rows.Close(), r.traces.Close())
}
