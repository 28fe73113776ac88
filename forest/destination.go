package forest

import "gonum.org/v1/gonum/mat"

// destination returns dst, or a new slice of length n if it is nil. It panics if dst has another length.
func reuseSlice(dst []float64, n int) []float64 {
	if dst == nil {
		return make([]float64, n)
	}
	if len(dst) != n {
		panic(panicDestination)
	}
	return dst
}

// destinationDense returns dst, or a new matrix if it is nil. An empty dst is resized. It panics if dst has another
// shape.
func reuseDense(dst *mat.Dense, rows, columns int) *mat.Dense {
	if dst == nil {
		return mat.NewDense(rows, columns, nil)
	}
	if dst.IsEmpty() {
		dst.ReuseAs(rows, columns)
	}
	if r, c := dst.Dims(); r != rows || c != columns {
		panic(panicDestination)
	}
	return dst
}
