package forest

// partitionRows stably moves the rows marked 1 in left before those marked 0.
// spare is at least as long as rows.
//
// Every row is written to both places and one of the two positions moves on:
// a branch would be mispredicted every other time. Invariant: i+j rows were
// read, i of them stand final in rows, j of them in spare.
func partitionRows(rows, spare []uint32, left []uint8) {
	i, j := 0, 0
	for _, r := range rows {
		rows[i], spare[j] = r, r
		step := int(left[r])
		i += step
		j += 1 - step
	}
	copy(rows[i:], spare[:j])
}

// partitionOrder is partitionRows for a column's order.
func partitionOrder(order, spare []entry, left []uint8) {
	i, j := 0, 0
	for _, e := range order {
		order[i], spare[j] = e, e
		step := int(left[e.row])
		i += step
		j += 1 - step
	}
	copy(order[i:], spare[:j])
}
