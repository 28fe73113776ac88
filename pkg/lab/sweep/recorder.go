package sweep

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"vmmp/pkg/migration"
)

// Recorder appends rows to a CSV file and their traces to a file beside it. A row is there once Add returns; a sweep
// that is broken off goes on from there. It makes no file before there is a row.
type Recorder struct {
	path         string
	done         map[string]bool
	rows, traces *os.File // nil before the first row
}

// TraceSuffix is what the traces' file is called, after the name of the rows'.
const TraceSuffix = ".traces.gz"

// OpenRecorder reads what the recording at path holds so far, which may be nothing. It returns an error if the file was
// not recorded by the lab.
func OpenRecorder(path string) (*Recorder, error) {
	r := &Recorder{path: path, done: map[string]bool{}}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err = os.Stat(filepath.Dir(path)); err == nil {
			return r, nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open recording: %w", err)
	}
	defer file.Close()
	if r.done, err = recordedIDs(file); err != nil {
		return nil, fmt.Errorf("read recording %s: %w", path, err)
	}
	return r, nil
}

// create opens the two files for the first row.
func (r *Recorder) create() (err error) {
	const flags, mode = os.O_WRONLY | os.O_CREATE | os.O_APPEND, 0o644
	if r.traces, err = os.OpenFile(r.path+TraceSuffix, flags, mode); err != nil {
		return fmt.Errorf("record traces: %w", err)
	}
	if r.rows, err = os.OpenFile(r.path, flags, mode); err != nil {
		return fmt.Errorf("record rows: %w", err)
	}
	if info, err := r.rows.Stat(); err != nil || info.Size() > 0 {
		return err
	}
	return r.write(Header())
}

// Has reports whether the migration of an id has been recorded.
func (r *Recorder) Has(id string) bool { return r.done[id] }

// Add records one migration: its trace first, so that no row is without.
func (r *Recorder) Add(row *Row) error {
	if r.rows == nil {
		if err := r.create(); err != nil {
			return err
		}
	}
	var trace bytes.Buffer
	err := migration.WriteTrace(&trace, migration.Trace{ID: row.Planned.ID, Samples: row.Result.Samples})
	if err != nil {
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
	var errs []error
	for _, f := range []*os.File{r.traces, r.rows} {
		if f != nil {
			errs = append(errs, f.Sync(), f.Close())
		}
	}
	return errors.Join(errs...)
}
