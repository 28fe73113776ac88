package main

import (
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// kvmRow is one migration of the KVM table.
type kvmRow struct {
	technique        string
	availableMbps    float64 // throughput that the migration had
	dirtyPages       float64 // of 4 KiB, each second
	touchedMiB       float64 // memory that the guest had touched, not its RAM
	maxBandwidthMiBs float64 // QEMU's max-bandwidth
	totalTimeMS      float64
	downtimeMS       float64
	transferredKiB   float64
}

// kvmNumbers says where the columns of numbers go.
var kvmNumbers = map[string]func(*kvmRow) *float64{
	"available_bandwidth_mbps": func(r *kvmRow) *float64 { return &r.availableMbps },
	"dirty_pages_per_s":        func(r *kvmRow) *float64 { return &r.dirtyPages },
	"vm_size_mb":               func(r *kvmRow) *float64 { return &r.touchedMiB },
	"max_bandwidth_mb_per_s":   func(r *kvmRow) *float64 { return &r.maxBandwidthMiBs },
	"total_time_ms":            func(r *kvmRow) *float64 { return &r.totalTimeMS },
	"downtime_ms":              func(r *kvmRow) *float64 { return &r.downtimeMS },
	"transferred_kb":           func(r *kvmRow) *float64 { return &r.transferredKiB },
}

// plain is the technique of plain pre-copy.
const plain = "original"

// techniques are the ways in which the guests of the table were moved, in the order in which they are shown.
var techniques = []string{plain, "auto-converge", "x-postcopy-ram", "xbzrle", "compress"}

// readKVM reads the migrations of Jo, Cho and Egger, "A Machine Learning Approach to Live Migration Modeling" (SoCC
// 2017, doi 10.1145/3127479.3129262): VMs on KVM, QEMU of 2016, 1 GbE. r is CSV, or that compressed by gzip where the
// name says so; other columns may stand beside those that are read. An error names the file, the line and the column.
func readKVM(r io.Reader, name string) ([]kvmRow, error) {
	if strings.HasSuffix(name, ".gz") {
		unzipped, err := gzip.NewReader(r)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		r = unzipped
	}
	table := csv.NewReader(r)
	table.ReuseRecord = true
	header, err := table.Read()
	if err != nil {
		return nil, fmt.Errorf("read the header of %s: %w", name, err)
	}
	header = slices.Clone(header)
	if err := checkKVMHeader(header); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	var rows []kvmRow
	for {
		cells, err := table.Read()
		switch {
		case errors.Is(err, io.EOF) && len(rows) == 0:
			return nil, fmt.Errorf("read %s: no rows", name)
		case errors.Is(err, io.EOF):
			return rows, nil
		case err != nil:
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		row, column, err := parseKVM(header, cells)
		if err != nil {
			line, _ := table.FieldPos(column)
			return nil, fmt.Errorf("%s: line %d, column %s: %w", name, line, header[column], err)
		}
		if err := row.features().CheckBounds().Err(); err != nil {
			line, _ := table.FieldPos(0)
			return nil, fmt.Errorf("%s: line %d makes a VM that cannot be: %w", name, line, err)
		}
		rows = append(rows, row)
	}
}

// checkKVMHeader names every column that is missing or stands twice.
func checkKVMHeader(header []string) error {
	var missing []string
	needed := []string{"technique"}
	for name := range kvmNumbers {
		needed = append(needed, name)
	}
	slices.Sort(needed)
	for _, name := range needed {
		switch first := slices.Index(header, name); {
		case first < 0:
			missing = append(missing, name)
		case slices.Contains(header[first+1:], name):
			return fmt.Errorf("column %s stands twice in the header", name)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("no column %s in the header", strings.Join(missing, ", "))
	}
	return nil
}

// parseKVM reads one row; where it cannot, it says in which column.
func parseKVM(header, cells []string) (row kvmRow, column int, err error) {
	for i, name := range header {
		if name == "technique" {
			if !slices.Contains(techniques, cells[i]) {
				return row, i, fmt.Errorf("unknown technique %q: there are %s", cells[i], strings.Join(techniques, ", "))
			}
			row.technique = cells[i]
		}
		if number := kvmNumbers[name]; number != nil {
			v, err := strconv.ParseFloat(cells[i], 64)
			if err != nil || !(v >= 0) || math.IsInf(v, 0) {
				return row, i, fmt.Errorf("must be a number that is not negative, not %q", cells[i])
			}
			*number(&row) = v
		}
	}
	return row, 0, nil
}
