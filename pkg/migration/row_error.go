package migration

import (
	"errors"
	"fmt"
	"strings"
)

// A RowError is what is wrong with one row of a file. The rows behind it can be read nevertheless.
type RowError struct {
	Name   string // of the file
	Line   int
	Faults Faults // by column or field; of the row as a whole where the location is empty

	columns bool // it is one of CSV
}

// Error returns the file, the line and every fault, on one line.
func (e *RowError) Error() string {
	parts := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		switch {
		case f.Location == "":
			parts[i] = f.Message
		case e.columns:
			parts[i] = "column " + f.Location + ": " + f.Message
		default:
			parts[i] = f.Location + " " + f.Message
		}
	}
	between := ": "
	if e.columns && e.Faults[0].Location == "" {
		between = " "
	} else if e.columns {
		between = ", "
	}
	return fmt.Sprintf("%s: line %d%s%s", e.Name, e.Line, between, strings.Join(parts, "; "))
}

// RowErrors are those of one file, in its order.
type RowErrors []*RowError

// mostRowErrors bounds the rows that an error names: of a file with a wrong column all are wrong.
const mostRowErrors = 20

// Err returns the errors as one, as errors.Join does, nil where there are none. It names the first 20 of them, and how
// many there are beside these.
func (all RowErrors) Err() error {
	var named []error
	for _, e := range all[:min(mostRowErrors, len(all))] {
		named = append(named, e)
	}
	if rest := len(all) - mostRowErrors; rest > 0 {
		named = append(named, fmt.Errorf("%s: %d more rows have faults", all[0].Name, rest))
	}
	return errors.Join(named...)
}
