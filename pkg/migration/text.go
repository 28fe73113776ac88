package migration

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Parse reads the text of one value as written on the command line or in a CSV cell and makes f known. Points are
// separated by sep. The error says what is wrong with the text, not where it stood.
func (x *Features) Parse(f Feature, text string, sep byte) error {
	d := Definitions[f]
	switch d.Kind {
	case Points:
		points, err := ParsePoints(text, sep)
		if err != nil {
			return err
		}
		x.SetPoints(points)
		return nil
	case Bool:
		v, err := parseBool(text)
		if err != nil {
			return err
		}
		x.Set(f, v)
		return nil
	}
	v, err := parseNumber(text)
	if err != nil {
		return fmt.Errorf("%w, not %q", errors.New("must be a number, "+d.Range()), clip(text))
	}
	if message := d.check(v); message != "" {
		return fmt.Errorf("%s, not %s", message, clip(text))
	}
	x.Set(f, v)
	return nil
}

// Format returns the value of f as Parse reads it; empty when unknown.
func (x Features) Format(f Feature, sep byte) string {
	if !x.known.Has(f) {
		return ""
	}
	switch Definitions[f].Kind {
	case Points:
		return FormatPoints(x.points, sep)
	case Bool:
		return strconv.FormatBool(x.value[f] != 0)
	}
	return plain(x.value[f])
}

// ParsePoints reads seconds:MiB pairs separated by sep, such as 0.1:3.4,1:12.
func ParsePoints(text string, sep byte) ([]Point, error) {
	var points []Point
	for pair := range strings.SplitSeq(text, string(sep)) {
		seconds, mib, found := strings.Cut(strings.TrimSpace(pair), ":")
		s, errS := parseNumber(seconds)
		m, errM := parseNumber(mib)
		if !found || errS != nil || errM != nil {
			return nil, fmt.Errorf("must be seconds:MiB pairs like 0.1:3.4%c1:12, not %q", sep, clip(pair))
		}
		points = append(points, Point{s, m})
		if len(points) > maxPoints {
			break
		}
	}
	if message := checkPoints(points); message != "" {
		return nil, errors.New(message)
	}
	return points, nil
}

// FormatPoints returns points as ParsePoints reads them.
func FormatPoints(points []Point, sep byte) string {
	var b strings.Builder
	for i, p := range points {
		if i > 0 {
			b.WriteByte(sep)
		}
		b.WriteString(plain(p.Seconds) + ":" + plain(p.MiB))
	}
	return b.String()
}
