package stress

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Size is a number of bytes.
type Size float64

// sizeUnits are the suffixes, each 1024 times the one before.
const sizeUnits = "bkmgt"

// ParseSize reads a number of bytes as stress-ng does: a plain number, or one with the suffix b, k, m, g or t in either
// case; kB and KiB are the same as k. It returns an error that says what a size looks like if text is none.
func ParseSize(text string) (Size, error) {
	number, factor := cutUnit(strings.ToLower(strings.TrimSpace(text)))
	v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || !(v >= 0) || v*factor >= math.MaxInt64 {
		return 0, fmt.Errorf("must be a size such as 512M, 1.5g or a number of bytes, not %q", text)
	}
	return Size(v * factor), nil
}

// cutUnit splits a size into its number and what a unit is in bytes.
func cutUnit(text string) (number string, factor float64) {
	for _, tail := range []string{"ib", "b", ""} {
		short, ok := strings.CutSuffix(text, tail)
		if !ok || short == "" {
			continue
		}
		if at := strings.IndexByte(sizeUnits, short[len(short)-1]); at > 0 {
			return short[:len(short)-1], math.Pow(1024, float64(at))
		}
	}
	return strings.TrimSuffix(text, "b"), 1
}

// String returns a size for a person, in the largest unit of which there is one, to a tenth.
func (s Size) String() string {
	v, unit := float64(s), 0
	for v >= 1023.95 && unit < len(sizeUnits)-1 {
		v, unit = v/1024, unit+1
	}
	digits := strconv.FormatFloat(math.Round(10*v)/10, 'f', -1, 64)
	if unit == 0 {
		return digits + " B"
	}
	return digits + " " + strings.ToUpper(sizeUnits[unit:unit+1]) + "iB"
}
