package migration

import (
	"fmt"
	"math"
)

// Validate returns every fault of a single request: a required feature that is missing, a value out of its bounds, a
// dirty curve that falls, and rate, plateau and curve that contradict each other. No faults is nil.
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

// CheckBounds returns the known values that are not possible by themselves.
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

// finite replaces a number that JSON cannot carry by its text.
func finite(v any) any {
	if x, ok := v.(float64); ok && (math.IsNaN(x) || math.IsInf(x, 0)) {
		return fmt.Sprint(x)
	}
	return v
}
