package proxmox

import (
	"math"
	"strconv"
	"strings"
)

// number is one of the API's, which come with quotes and without, depending on where Proxmox has them from. What is not
// there stays the zero number, which is unknown; so does what is no number.
type number struct {
	known bool
	value float64
}

// UnmarshalJSON reads a number, with quotes or without.
func (n *number) UnmarshalJSON(text []byte) error {
	v, err := strconv.ParseFloat(strings.Trim(string(text), `"`), 64)
	*n = number{err == nil && v-v == 0, v}
	return nil
}

// or returns the number, v where it is unknown.
func (n number) or(v float64) float64 {
	if n.known {
		return n.value
	}
	return v
}

// positive returns the number, NaN where it is unknown or not above 0.
func (n number) positive() float64 {
	if n.known && n.value > 0 {
		return n.value
	}
	return math.NaN()
}
