package forest

import "math"

// round32 rounds v to float32. A finite value beyond the range of float32 becomes the largest float32, so that
// thresholds between training values stay finite. Adding 0 turns a negative zero into a positive one.
func round32(v float64) float32 {
	return float32(max(-math.MaxFloat32, min(v, math.MaxFloat32))) + 0
}

// missingKey is the sort key of NaN.
const missingKey = math.MaxUint32

// sortKey maps a float32 to an integer of the same order, NaN last. The bits of positive floats are ordered as integers
// are, those of negative ones inversely.
func sortKey(x float32) uint32 {
	bits := math.Float32bits(x)
	switch {
	case x != x:
		return missingKey
	case bits>>31 == 1:
		return ^bits
	}
	return bits | 1<<31
}

// fromSortKey is the inverse of sortKey, except for NaN.
func fromSortKey(key uint32) float32 {
	if key>>31 == 1 {
		return math.Float32frombits(key &^ (1 << 31))
	}
	return math.Float32frombits(^key)
}
