package migration

import (
	"fmt"
	"math"
	"strings"
)

// Fault is one thing wrong with what was given, in words that name the remedy.
type Fault struct {
	Location string `json:"location"` // the field, as its JSON and CSV name
	Message  string `json:"message"`
	Value    any    `json:"value,omitempty"` // what was given; never NaN or infinite
}

// Faults is every fault of one input, never empty as an error.
type Faults []Fault

// Error lists the faults on one line.
func (fs Faults) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.Location + " " + f.Message
	}
	return strings.Join(lines, "; ")
}

// Err is the faults as an error, nil when there are none.
func (fs Faults) Err() error {
	if len(fs) == 0 {
		return nil
	}
	return fs
}

// Validate lists every fault of a single request: a required feature that is
// missing, a value out of its bounds, a dirty curve that falls, and rate, plateau
// and curve that contradict each other. No faults is nil.
func (x Features) Validate() Faults {
	var faults Faults
	for _, d := range Definitions {
		if d.Required && !x.known.Has(d.Feature) {
			faults = append(faults, Fault{Location: d.Name, Message: "is required: " + d.Doc + ", " + d.Range()})
		}
	}
	faults = append(faults, x.CheckBounds()...)
	if len(faults) > 0 {
		return faults
	}
	return append(faults, x.Contradictions()...)
}

// CheckBounds lists the known values that are not possible by themselves.
func (x Features) CheckBounds() Faults {
	var faults Faults
	for f := range x.known.All() {
		d := Definitions[f]
		message := ""
		var value any = x.value[f]
		if d.Kind == Points {
			message, value = checkPoints(x.points), clip(FormatPoints(x.points, ','))
		} else {
			message = d.check(x.value[f])
		}
		if message != "" {
			faults = append(faults, Fault{d.Name, message, finite(value)})
		}
	}
	return faults
}

// check says what is wrong with a value of d, or nothing.
func (d Definition) check(v float64) string {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return "must be a number, " + d.Range()
	case v < d.Min || v > d.Max:
		return "must be " + d.Range()
	case d.Kind == Integer && v != math.Trunc(v):
		return "must be a whole number, " + d.Range()
	case d.Kind == Bool && v != 0 && v != 1:
		return "must be " + d.Range()
	}
	return ""
}

// Range says in words what values d may take.
func (d Definition) Range() string {
	switch d.Kind {
	case Bool:
		return "true or false"
	case Points:
		return "windows in seconds with the MiB dirtied in each, both ascending"
	}
	return strings.TrimSpace(fmt.Sprintf("%s to %s %s", plain(d.Min), plain(d.Max), d.Unit))
}

// The curves taken: far more points than any tool measures, and windows that one
// can (QEMU counts in milliseconds).
const (
	maxPoints = 1000
	minWindow = 1e-3 // s
	maxWindow = 1e6  // s
)

// checkPoints says what is wrong with a measured curve, or nothing.
func checkPoints(points []Point) string {
	if len(points) > maxPoints {
		return fmt.Sprintf("has more than %d points", maxPoints)
	}
	var before Point
	for _, p := range points {
		switch {
		case !(p.Seconds >= minWindow && p.Seconds <= maxWindow):
			return fmt.Sprintf("has a window that is not %s to %s s", plain(minWindow), plain(maxWindow))
		case !(p.MiB >= 0 && p.MiB <= Definitions[WorkingSetMiB].Max):
			return fmt.Sprintf("has an amount that is not 0 to %s MiB", plain(Definitions[WorkingSetMiB].Max))
		case p.Seconds <= before.Seconds:
			return fmt.Sprintf("goes from a window of %s s to one of %s s: give the windows in ascending order",
				plain(before.Seconds), plain(p.Seconds))
		case p.MiB < before.MiB:
			return fmt.Sprintf("falls from %s MiB in %s s to %s MiB in %s s: a longer window cannot dirty fewer distinct MiB, measure again",
				plain(before.MiB), plain(before.Seconds), plain(p.MiB), plain(p.Seconds))
		}
		before = p
	}
	return ""
}

// finite replaces a number that JSON cannot carry by its text.
func finite(v any) any {
	if x, ok := v.(float64); ok && (math.IsNaN(x) || math.IsInf(x, 0)) {
		return fmt.Sprint(x)
	}
	return v
}
