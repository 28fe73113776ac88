package cmd

import (
	"math"
	"strconv"
	"time"
)

// seconds is a time on the command line; a plain number is seconds, as in stress-ng.
type seconds time.Duration

// String returns the time, empty where there is nothing to show as a default.
func (s *seconds) String() string {
	if *s == 0 {
		return ""
	}
	return time.Duration(*s).String()
}

// Set reads a time.
func (s *seconds) Set(text string) error {
	if v, err := strconv.ParseFloat(text, 64); err == nil && math.Abs(v) < math.MaxInt64/1e9 {
		*s = seconds(v * float64(time.Second))
		return nil
	}
	d, err := time.ParseDuration(text)
	*s = seconds(d)
	return err
}

// Type returns what the help shows as the flag's argument.
func (s *seconds) Type() string { return "duration" }
