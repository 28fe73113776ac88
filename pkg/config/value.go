package config

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A value is one value of a Config.
type value interface {
	// set reads what was typed. The error says what must be instead, as the rest of
	// a sentence that begins with the key.
	set(typed string) error
	// String returns the value as set reads it.
	String() string
}

// A text is a string that check accepts.
type text struct {
	at    *string
	check func(string) error
}

// String returns the text.
func (v text) String() string { return *v.at }

func (v text) set(typed string) error {
	if err := v.check(typed); err != nil {
		return err
	}
	*v.at = typed
	return nil
}

// A duration is a time of at least least.
type duration struct {
	at    *time.Duration
	least time.Duration
}

// String returns the duration without the minutes and seconds that time.Duration shows as 0.
func (v duration) String() string {
	s := v.at.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func (v duration) set(typed string) error {
	d, err := time.ParseDuration(strings.TrimSpace(typed))
	switch {
	case err != nil:
		return errors.New("must be a duration such as 10s, 1m30s or 250ms")
	case d < 0:
		return errors.New("must be at least 0s")
	case d < v.least:
		return errors.New("must be longer than 0s")
	}
	*v.at = d
	return nil
}

// A count is a whole number that is not negative.
type count struct{ at *int64 }

// String returns the decimal digits.
func (v count) String() string { return strconv.FormatInt(*v.at, 10) }

func (v count) set(typed string) error {
	n, err := strconv.ParseInt(strings.TrimSpace(typed), 10, 64)
	if err != nil || n < 0 {
		return errors.New("must be a whole number of at least 0")
	}
	*v.at = n
	return nil
}

// A price is a number that is not negative.
type price struct{ at *float64 }

// String returns the decimal digits, without an exponent.
func (v price) String() string { return strconv.FormatFloat(*v.at, 'f', -1, 64) }

func (v price) set(typed string) error {
	typed = strings.TrimSpace(typed)
	p, err := strconv.ParseFloat(typed, 64)
	// strconv takes hexadecimal numbers too, and the words for infinity and NaN.
	if err != nil || strings.ContainsAny(typed, "xXpPiInN_") || math.Signbit(p) && p != 0 {
		return errors.New("must be a number of at least 0, such as 12.5")
	}
	*v.at = math.Abs(p)
	return nil
}

// A level is the least severe level that is logged.
type level struct{ at *slog.Level }

var levels = []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError}

// String returns the level in lower case.
func (v level) String() string { return strings.ToLower(v.at.String()) }

func (v level) set(typed string) error {
	for _, l := range levels {
		if strings.ToLower(l.String()) == typed {
			*v.at = l
			return nil
		}
	}
	return errors.New("must be debug, info, warn or error")
}

// A choice is one word of several.
type choice struct {
	at *string
	of []string
}

// String returns the word.
func (v choice) String() string { return *v.at }

func (v choice) set(typed string) error {
	if !slices.Contains(v.of, typed) {
		last := len(v.of) - 1
		return fmt.Errorf("must be %s or %s", strings.Join(v.of[:last], ", "), v.of[last])
	}
	*v.at = typed
	return nil
}
