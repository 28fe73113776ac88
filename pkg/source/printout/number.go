package printout

import (
	"fmt"
	"math"
	"strings"

	"vmmp/pkg/migration"
)

// number reads a number that is not negative, with the unit that stands behind it, as one in the given unit; a unit of
// pages/s or bytes, or none, is the only one that the number may have.
func number(text, unit string) (float64, error) {
	switch unit {
	case "pages/s", "bytes":
		bare, found := strings.CutSuffix(text, unit)
		if !found {
			return 0, fmt.Errorf("is not a number of %s: %q", unit, clip(text))
		}
		text, unit = bare, ""
	}
	v, err := migration.Quantity(strings.TrimSpace(text), unit)
	if err == nil && (v < 0 || math.IsInf(v, 0)) {
		err = fmt.Errorf("is no number from 0 on: %q", clip(text))
	}
	return v, err
}

// clip shortens what somebody wrote to what fits a message.
func clip(text string) string {
	const most = 40
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "?") + "..."
	}
	return text
}
