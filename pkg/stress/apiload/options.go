package apiload

import (
	"fmt"
	"math"
	"time"
)

// Options hold what load is put on which API.
type Options struct {
	Target      Target
	Connections int           // that are kept, 1 to MaxConnections
	Rate        float64       // requests per second; 0: as fast as the connections allow
	Duration    time.Duration // for which requests are due
	Timeout     time.Duration // of a request, from its sending to the last byte of its answer
	Mix         Mix
	Seed        uint64    // of the draw of valid requests and of the order of all
	Requests    []Request // that are sent in turn in place of the mix; none: those of the mix
	// Watch is told now and then how far the run is; nil: nobody is.
	Watch func(Progress)
}

// Progress holds how far a run is.
type Progress struct {
	Elapsed  time.Duration
	Requests int           // that are over
	P99      time.Duration // of their latencies
	Errors   int
}

// The bounds of a run.
const (
	MaxConnections = 10_000
	MaxRate        = 1e6
	MaxRequests    = 100_000_000 // due at a rate
	MaxDuration    = 24 * time.Hour
	MaxTimeout     = 10 * time.Minute
)

// Check returns an error if o is not possible; it begins with the name of the option as a flag has it.
func (o *Options) Check() error {
	switch {
	case o.Connections < 1 || o.Connections > MaxConnections:
		return fmt.Errorf("connections %d must be 1 to %d", o.Connections, MaxConnections)
	case !(o.Rate >= 0 && o.Rate <= MaxRate):
		return fmt.Errorf("rate %g must be 0 to %.0f requests/s", o.Rate, MaxRate)
	case o.Duration <= 0 || o.Duration > MaxDuration:
		return fmt.Errorf("duration %v must be above 0 and at most %v", o.Duration, MaxDuration)
	case o.Timeout <= 0 || o.Timeout > MaxTimeout:
		return fmt.Errorf("request-timeout %v must be above 0 and at most %v", o.Timeout, MaxTimeout)
	case o.Rate*o.Duration.Seconds() > MaxRequests:
		return fmt.Errorf("rate %g for a duration of %v are more than %d requests", o.Rate, o.Duration, MaxRequests)
	}
	if len(o.Requests) > 0 {
		return nil
	}
	return o.Mix.check()
}

// due returns the number of requests that are due at the rate until d has passed, of which the first is due at once.
func (o *Options) due(d time.Duration) int {
	const rounding = 1e-9 // of the product, which may be that much above a whole number
	return int(math.Ceil(o.Rate*min(d, o.Duration).Seconds() - rounding))
}
