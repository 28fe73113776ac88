package evaluate

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
)

// The draws of one seed are streams of their own, so that the first fold is not the test side of the split.
const (
	splitStream = iota + 1
	foldStream
)

// unit is rows that must not be parted.
type unit []int

// Split draws whole groups into a training and a test side. groups[i] names row i's group; a row with an empty name is
// a group of its own. Both results are ascending row indices, and every row is in one of them. The test side is as near
// to the share of the rows as adding drawn groups one after another brings it. Share 0 puts all rows into training, 1
// all into test; in between neither side is empty if there are two groups. It panics on a share out of 0..1.
func Split(groups []string, share float64, seed uint64) (train, test []int) {
	if !(share >= 0 && share <= 1) {
		panic("evaluate: split share is not within 0..1")
	}
	units := drawn(groups, seed, splitStream)
	var trainUnits, testUnits []unit
	missing := share * float64(len(groups))
	for _, u := range units {
		if size := float64(len(u)); math.Abs(missing-size) < missing || share == 1 {
			testUnits, missing = append(testUnits, u), missing-size
		} else {
			trainUnits = append(trainUnits, u)
		}
	}
	if share > 0 && share < 1 && len(units) > 1 {
		moveIfEmpty(&testUnits, &trainUnits)
		moveIfEmpty(&trainUnits, &testUnits)
	}
	return rows(trainUnits), rows(testUnits)
}

// moveIfEmpty gives dst the smallest unit of src, the first drawn of several, if it has none.
func moveIfEmpty(dst, src *[]unit) {
	if len(*dst) > 0 {
		return
	}
	least := 0
	for i, u := range *src {
		if len(u) < len((*src)[least]) {
			least = i
		}
	}
	*dst = append(*dst, (*src)[least])
	*src = slices.Delete(*src, least, least+1)
}

// Folds draws whole groups, named as for Split, into k folds and returns each row's fold, 0..k-1. The folds are
// balanced by rows: two of them differ by no more than the largest group, and none is empty. It is an error when k < 2
// or when there are fewer groups than k.
func Folds(groups []string, k int, seed uint64) ([]int, error) {
	if k < 2 {
		return nil, fmt.Errorf("cross-validation needs at least 2 folds, not %d", k)
	}
	units := drawn(groups, seed, foldStream)
	if len(units) < k {
		return nil, fmt.Errorf("%d folds need %d groups to draw from, and there are %d: use fewer folds or more data",
			k, k, len(units))
	}
	// Largest first, each into the fold with the fewest rows: later groups only even out what earlier ones left uneven.
	slices.SortStableFunc(units, func(a, b unit) int { return cmp.Compare(len(b), len(a)) })
	fold, size := make([]int, len(groups)), make([]int, k)
	for _, u := range units {
		least := slices.Index(size, slices.Min(size))
		size[least] += len(u)
		for _, row := range u {
			fold[row] = least
		}
	}
	return fold, nil
}

// Grouped reports whether any two rows share a named group.
func Grouped(groups []string) bool {
	seen := make(map[string]bool, len(groups))
	for _, name := range groups {
		if name != "" && seen[name] {
			return true
		}
		seen[name] = true
	}
	return false
}

// drawn returns the units of groups in a random order that depends on nothing but the names, the seed and the stream.
func drawn(groups []string, seed, stream uint64) []unit {
	var units []unit
	at := make(map[string]int, len(groups))
	for row, name := range groups {
		i, seen := at[name]
		if !seen || name == "" {
			i = len(units)
			at[name], units = i, append(units, nil)
		}
		units[i] = append(units[i], row)
	}
	random := rand.New(rand.NewPCG(seed, stream))
	random.Shuffle(len(units), func(i, j int) { units[i], units[j] = units[j], units[i] })
	return units
}

// rows returns the rows of units, ascending.
func rows(units []unit) []int {
	all := slices.Concat(units...)
	slices.Sort(all)
	return all
}

// SplitByName divides as Split does, but by a hash of each group's name: whatever the other rows are, a group is on the
// same side. Rows without a name are divided by the hash of their place. The test side holds about the share of the
// groups.
func SplitByName(groups []string, share float64) (train, test []int) {
	for i, name := range groups {
		if name == "" {
			name = strconv.Itoa(i)
		}
		if nameShare(name) < share {
			test = append(test, i)
		} else {
			train = append(train, i)
		}
	}
	return train, test
}

// nameShare returns a number in [0, 1) that a name has by itself: the first 32 bits of its SHA-256.
func nameShare(name string) float64 {
	sum := sha256.Sum256([]byte(name))
	return float64(binary.BigEndian.Uint32(sum[:])) / (1 << 32)
}
