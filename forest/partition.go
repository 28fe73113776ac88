package forest

// partitionRows stably moves the rows marked 1 in left before those marked 0. scratch is at least as long as rows.
//
// Every row is written to both destinations and one of the two indices advances: a branch would be mispredicted every
// other time. Invariant: i+j rows were read, i of them are final in rows, j of them are in scratch.
func partitionRows(rows, scratch []uint32, left []uint8) {
	i, j := 0, 0
	for _, r := range rows {
		rows[i], scratch[j] = r, r
		step := int(left[r])
		i += step
		j += 1 - step
	}
	copy(rows[i:], scratch[:j])
}

// partitionOrder stably copies order to dst: first the leftCount entries of rows marked 1 in left, then the others. It
// copies from one memory to another, since whole orders are too long to copy back.
func partitionOrder(dst, order []entry, left []uint8, leftCount int) {
	i, j := 0, leftCount
	for _, e := range order {
		step := int(left[e.row()])
		to := j
		if step != 0 {
			to = i
		}
		dst[to] = e
		i += step
		j += 1 - step
	}
}

// partitionConstant writes the entries that constant looks at for a column that is constant at a node: the ends of its
// children's orders. The others are never read.
func partitionConstant(dst, order []entry, leftCount int) {
	for _, i := range [...]int{0, leftCount - 1, leftCount, len(dst) - 1} {
		dst[i] = order[0]
	}
}
