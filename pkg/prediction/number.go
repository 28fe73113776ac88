package prediction

import (
	"encoding/json"
	"math"
)

// Number is a figure that may be undefined: NaN and infinity are null in JSON.
type Number float64

// Finite returns v as a Number, NaN if v is infinite.
func Finite(v float64) Number {
	if math.IsInf(v, 0) {
		return Number(math.NaN())
	}
	return Number(v)
}

// MarshalJSON writes null for what JSON has no number for.
func (n Number) MarshalJSON() ([]byte, error) {
	if v := float64(n); !math.IsNaN(v) && !math.IsInf(v, 0) {
		return json.Marshal(v)
	}
	return []byte("null"), nil
}

// UnmarshalJSON reads null as NaN.
func (n *Number) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*n = Number(math.NaN())
		return nil
	}
	return json.Unmarshal(data, (*float64)(n))
}
