package migration

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// units are, by the unit that a feature is kept in, the units that its text may carry, each with what a value in it is
// multiplied by. A letter alone is a power of 1024, as for QEMU and libvirt; MB and the like are powers of 1000. Pages
// are those of x86, 4 KiB.
var units = map[string]map[string]float64{
	"MiB":   merged(sizes(1<<20, ""), map[string]float64{"K": 1.0 / 1024, "M": 1, "G": 1024, "T": 1 << 20}),
	"MiB/s": merged(sizes(1<<20, "/s"), map[string]float64{"pages/s": 4096.0 / (1 << 20)}),
	"MB/s":  sizes(1e6, "/s"),
	"Mbps":  bandwidths(),
	"ms":    {"us": 1e-3, "ms": 1, "s": 1000, "min": 60_000, "m": 60_000, "h": 3_600_000},
	"s":     {"us": 1e-6, "ms": 1e-3, "s": 1, "min": 60, "m": 60, "h": 3600, "d": 86_400},
	"%":     {"%": 1},
}

// prefixes are those of bytes, with what they stand for.
var prefixes = map[string]float64{
	"": 1, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30, "Ti": 1 << 40,
}

// sizes returns units of bytes with what follows them, as multiples of one of so many bytes.
func sizes(bytes float64, behind string) map[string]float64 {
	all := map[string]float64{}
	for prefix, factor := range prefixes {
		all[prefix+"B"+behind] = factor / bytes
	}
	return all
}

// bandwidths returns units of bandwidth in Mbps. Only a large B stands for bytes.
func bandwidths() map[string]float64 {
	all := merged(sizes(1e6/8, "/s"), sizes(1e6/8, "ps"))
	for prefix, factor := range map[string]float64{"": 1e-6, "k": 1e-3, "M": 1, "G": 1000, "T": 1e6} {
		for _, name := range []string{prefix + "bps", prefix + "bit/s", prefix + "b/s", strings.ToLower(prefix) + "bps"} {
			all[name] = factor
		}
	}
	return all
}

func merged(a, b map[string]float64) map[string]float64 {
	maps.Copy(a, b)
	return a
}

// Quantity reads a number, which may carry its unit, as one in the given unit: that of a feature, such as MiB, MiB/s,
// Mbps, ms or s. The error says what is wrong with the text.
func Quantity(text, unit string) (float64, error) {
	v, err := parseQuantity(text, unit)
	if wrong := (*unitError)(nil); err != nil && !errors.As(err, &wrong) {
		return 0, fmt.Errorf("is no number: %q", clip(text))
	}
	return v, err
}

// UnitFactor returns what a value in one unit is multiplied by to be in another, one that a feature is kept in: 1024
// for GiB in MiB. Numbers without a unit have an empty one. The error says which units there are.
func UnitFactor(given, unit string) (float64, error) {
	if given == unit {
		return 1, nil
	}
	return lookUpUnit(given, unit)
}

// unitError is the error of a number in a unit that its feature cannot have.
type unitError struct{ text string }

// Error returns what is wrong with the unit.
func (e *unitError) Error() string { return e.text }

// parseQuantity reads a number, which may carry its unit, in the given unit. The error is a unitError where the unit
// is at fault.
func parseQuantity(text, unit string) (float64, error) {
	v, err := parseNumber(text)
	if err == nil {
		return v, nil
	}
	number, suffix := cutUnit(text)
	v, errNumber := parseNumber(number)
	if errNumber == nil && suffix != "" {
		factor, errUnit := lookUpUnit(suffix, unit)
		return v * factor, errUnit
	}
	if unit == "s" || unit == "ms" {
		if d, errTime := time.ParseDuration(strings.TrimSpace(text)); errTime == nil { // such as 1m30s
			return d.Seconds() * units[unit]["s"], nil
		}
	}
	return 0, err
}

// cutUnit splits text into a number and the unit behind it, which has no digits; empty where there is none.
func cutUnit(text string) (number, unit string) {
	text = strings.TrimSpace(text)
	end := strings.LastIndexFunc(text, func(r rune) bool { return r >= '0' && r <= '9' || r == '.' || r == ' ' }) + 1
	return text[:end], strings.Replace(text[end:], "µ", "u", 1)
}

// lookUpUnit returns what a value in a unit is multiplied by. The case of letters counts only where it tells two units
// from each other.
func lookUpUnit(given, unit string) (float64, error) {
	known := units[unit]
	if factor, ok := known[given]; ok {
		return factor, nil
	}
	var alike []string
	for _, name := range slices.Sorted(maps.Keys(known)) {
		if strings.EqualFold(name, given) {
			alike = append(alike, name)
		}
	}
	switch {
	case len(alike) == 1:
		return known[alike[0]], nil
	case len(alike) > 1:
		return 0, &unitError{fmt.Sprintf("has the unit %q, which may mean %s: write one of these",
			clip(given), strings.Join(alike, " or "))}
	case unit == "":
		return 0, &unitError{fmt.Sprintf("is a number without a unit, not one in %q", clip(given))}
	}
	return 0, &unitError{fmt.Sprintf("is in %s, and %q is no other unit of that: write %s",
		unit, clip(given), strings.Join(slices.Sorted(maps.Keys(known)), ", "))}
}
