package migration

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// parseNumber reads a decimal number. The words for infinity and NaN, digit separators and hexadecimal, which strconv
// takes, are not numbers here.
func parseNumber(text string) (float64, error) {
	text = strings.TrimSpace(text)
	if strings.ContainsAny(text, "_xXpPiInN") {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseFloat(text, 64)
}

func parseBool(text string) (float64, error) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "true", "1", "on", "yes":
		return 1, nil
	case "false", "0", "off", "no":
		return 0, nil
	}
	return math.NaN(), fmt.Errorf("must be true or false, not %q", clip(text))
}

// plain writes a number with the fewest digits that read back the same, without an exponent where that stays short.
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

// rounded writes three digits of v that count.
func rounded(v float64) string {
	short, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 3, 64), 64)
	return plain(short)
}
