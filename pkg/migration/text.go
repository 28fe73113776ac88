package migration

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Parse reads the text of one value as written on the command line or in a CSV cell and makes f known. A number may
// carry its unit, such as 4GiB or 300ms. Points are separated by sep. The error says what is wrong with the text, not
// where it stood.
func (x *Features) Parse(f Feature, text string, sep byte) error {
	d := Definitions[f]
	if d.Kind == Points {
		points, err := ParsePoints(text, sep)
		if err != nil {
			return err
		}
		x.SetPoints(points)
		return nil
	}
	v, err := d.parse(text)
	if err != nil {
		return err
	}
	x.set(d, v)
	return nil
}

// set makes d known to be v, where v does not say that there is none.
func (x *Features) set(d Definition, v float64) {
	if d.ZeroNone && v == 0 {
		v = math.NaN()
	}
	x.Set(d.Feature, v)
}

// parse reads the text of one value within its bounds.
func (d Definition) parse(text string) (v float64, err error) {
	switch d.Kind {
	case Bool:
		return parseBool(text)
	case Choice:
		return d.parseChoice(text)
	case Version:
		v, err = parseVersion(text)
	default:
		if d.ZeroNone && strings.EqualFold(strings.TrimSpace(text), "none") {
			return 0, nil
		}
		v, err = parseQuantity(text, d.Unit)
	}
	var unit *unitError
	switch {
	case errors.As(err, &unit):
		return 0, err
	case err != nil:
		return 0, fmt.Errorf("must be %s, not %q", d.form(), clip(text))
	case d.ZeroNone && v == 0:
		return v, nil
	}
	if message := d.check(v); message != "" {
		return 0, fmt.Errorf("%s, not %s", message, clip(text))
	}
	return v, nil
}

// Format returns the value of f as Parse reads it; empty when unknown.
func (x Features) Format(f Feature, sep byte) string {
	d, v := Definitions[f], x.value[f]
	switch {
	case !x.known.Has(f):
		return ""
	case d.Kind == Points:
		return FormatPoints(x.points, sep)
	case d.Kind == Bool:
		return strconv.FormatBool(v != 0)
	case d.check(v) != "": // only what was never read
	case d.Kind == Choice:
		return d.Choices[int(v)]
	case d.Kind == Version:
		return formatVersion(v)
	}
	return plain(v)
}

// ParsePoints reads seconds:MiB pairs separated by sep, such as 0.1:3.4,1:12.
func ParsePoints(text string, sep byte) ([]Point, error) {
	var points []Point
	for pair := range strings.SplitSeq(text, string(sep)) {
		seconds, mib, found := strings.Cut(strings.TrimSpace(pair), ":")
		s, errS := parseQuantity(seconds, "s")
		m, errM := parseQuantity(mib, "MiB")
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
