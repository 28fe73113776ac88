package migration

import "strings"

// A Fault is one thing wrong with what was given, in words that name the remedy.
type Fault struct {
	Location string `json:"location"` // the field, as its JSON and CSV name
	Message  string `json:"message"`
	Value    any    `json:"value,omitempty"` // what was given; never NaN or infinite
}

// Faults are all the faults of one input, never empty as an error.
type Faults []Fault

// Error returns the faults on one line.
func (fs Faults) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.Location + " " + f.Message
	}
	return strings.Join(lines, "; ")
}

// Err returns the faults as an error, nil when there are none.
func (fs Faults) Err() error {
	if len(fs) == 0 {
		return nil
	}
	return fs
}
