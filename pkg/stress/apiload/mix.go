package apiload

import (
	"fmt"
	"strconv"
	"strings"
)

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

// String returns the share's name in a mix and in JSON.
func (s Share) String() string { return shareNames[s] }

// Mix holds the percentage of each kind of request.
type Mix [shares]int

// DefaultMix is mostly valid.
var DefaultMix = Mix{90, 5, 5}

// ParseMix reads a mix as String writes it. A share that is not named is 0. It returns an
// error that says what a mix looks like if text is none.
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

// String returns the mix in the form valid=90,borderline=5,invalid=5.
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
