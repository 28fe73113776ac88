package migration

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Parse reads the text of one value as written on the command line or in a CSV
// cell and makes f known. Points are separated by sep. The error says what is
// wrong with the text, not where it stood.
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

// Format is the value of f as Parse reads it; empty when unknown.
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

// FormatPoints writes points as ParsePoints reads them.
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

// parseNumber reads a decimal number. The words for infinity and NaN, digit
// separators and hexadecimal, which strconv takes, are not numbers here.
func parseNumber(text string) (float64, error) {
	text = strings.TrimSpace(text)
	if strings.ContainsAny(text, "_xXpPiInN") {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseFloat(text, 64)
}

func parseBool(text string) (float64, error) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "true", "1":
		return 1, nil
	case "false", "0":
		return 0, nil
	}
	return math.NaN(), fmt.Errorf("must be true or false, not %q", clip(text))
}

// plain writes a number with the fewest digits that read back the same, without
// an exponent where that stays short.
func plain(v float64) string {
	if a := math.Abs(v); a != 0 && (a < 1e-6 || a >= 1e15) {
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// clip shortens what somebody wrote to what fits a message.
func clip(text string) string {
	const most = 40
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "?") + "..."
	}
	return text
}
