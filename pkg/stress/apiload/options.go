package apiload

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Options say what load is put on which API.
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

// The bounds of a run.
const (
	MaxConnections = 10_000
	MaxRate        = 1e6
	MaxRequests    = 100_000_000 // due at a rate
	MaxDuration    = 24 * time.Hour
	MaxTimeout     = 10 * time.Minute
)

// Check says what of o is not possible; the error begins with the name of the option
// as a flag has it.
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

// due is the number of requests that are due at the rate until d has passed, of
// which the first is due at once.
func (o *Options) due(d time.Duration) int {
	const rounding = 1e-9 // of the product, which may be that much above a whole number
	return int(math.Ceil(o.Rate*min(d, o.Duration).Seconds() - rounding))
}

// Share is a kind of request.
type Share int

// The kinds of request, in the order in which they are listed.
const (
	Valid Share = iota
	Borderline
	Invalid
	shares int = iota
)

// Shares are all kinds of request, in the order in which they are listed.
var Shares = [shares]Share{Valid, Borderline, Invalid}

var shareNames = [shares]string{"valid", "borderline", "invalid"}

// String is the share's name in a mix and in JSON.
func (s Share) String() string { return shareNames[s] }

// Mix is the percentage of each kind of request.
type Mix [shares]int

// DefaultMix is mostly valid.
var DefaultMix = Mix{90, 5, 5}

// ParseMix reads a mix as String writes it. A share that is not named is 0.
func ParseMix(text string) (Mix, error) {
	var m Mix
	var seen [shares]bool
	for part := range strings.SplitSeq(text, ",") {
		name, value, _ := strings.Cut(part, "=")
		share := shareOf(strings.TrimSpace(name))
		n, err := strconv.Atoi(strings.TrimSpace(value))
		if share < 0 || err != nil || seen[share] {
			return m, fmt.Errorf("%q must be whole percentages such as %s, each once", text, DefaultMix)
		}
		m[share], seen[share] = n, true
	}
	return m, m.check()
}

// shareOf finds a share by its name, -1 if there is none.
func shareOf(name string) Share {
	for s := range shares {
		if shareNames[s] == name {
			return Share(s)
		}
	}
	return -1
}

// String writes valid=90,borderline=5,invalid=5.
func (m Mix) String() string {
	parts := make([]string, shares)
	for s, n := range m {
		parts[s] = fmt.Sprintf("%s=%d", Share(s), n)
	}
	return strings.Join(parts, ",")
}

func (m Mix) check() error {
	sum := 0
	for s, n := range m {
		if n < 0 || n > 100 {
			return fmt.Errorf("%s=%d must be 0 to 100 percent", Share(s), n)
		}
		sum += n
	}
	if sum != 100 {
		return fmt.Errorf("%s sums up to %d percent, not 100", m, sum)
	}
	return nil
}
