package libvirt

import (
	"math"

	golibvirt "github.com/digitalocean/go-libvirt"
)

// params are the numbers among libvirt's typed parameters, by their names.
type params map[string]float64

// newParams returns the numbers among typed parameters.
func newParams(typed []golibvirt.TypedParam) params {
	p := make(params, len(typed))
	for _, t := range typed {
		switch v := t.Value.I.(type) {
		case int32:
			p[t.Field] = float64(v)
		case uint32:
			p[t.Field] = float64(v)
		case int64:
			p[t.Field] = float64(v)
		case uint64:
			p[t.Field] = float64(v)
		case float64:
			p[t.Field] = v
		}
	}
	return p
}

// mostPlausible is above every count, size in bytes and time in nanoseconds that can be real, and below what a negative
// number becomes where it is taken for one without a sign.
const mostPlausible = 1 << 62

// get returns the number of that name; NaN where there is none, or one that nothing real comes to.
func (p params) get(name string) float64 {
	v, ok := p[name]
	if !ok || !(v >= 0 && v < mostPlausible) {
		return math.NaN()
	}
	return v
}
