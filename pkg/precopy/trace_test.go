package precopy

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"math"
	"os"
	"slices"
	"testing"
)

// trace is what QEMU told of a migration while it ran: the columns that the README of testdata/migrations names.
type trace [][]float64

// The columns read.
const (
	remaining = 1 // MiB
	sent      = 2 // MiB
	syncs     = 4
	zeros     = 8 // MiB passed over
)

// readTraces reads the traces of all migrations, by their id.
func readTraces(t *testing.T) map[string]trace {
	t.Helper()
	f, err := os.Open(recording + ".traces.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]trace{}
	for lines := json.NewDecoder(z); ; {
		var line struct {
			ID      string `json:"id"`
			Samples trace  `json:"samples"`
		}
		err := lines.Decode(&line)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all[line.ID] = line.Samples
	}
}

// layout is where a guest's zeros lay, in MiB; NaN where its first pass did not show it.
type layout struct {
	resident float64 // pages of other content
	end      float64 // zeros at the end of RAM
	zeros    float64 // everywhere
}

// layout reads it from the first pass. Where that was not finished, the resident memory is what it had sent and a
// usual end of RAM.
func (samples trace) layout() layout {
	const near = 15.0 // MiB: so much before the usual end at most says how many zeros that holds
	l := layout{end: math.NaN(), zeros: math.NaN()}
	before, left := 0.0, math.Inf(1)
	for _, s := range samples {
		if s[syncs] > 1 {
			l.zeros = s[zeros]
			break
		}
		l.resident = s[sent] + bootedTailMiB + bootedLastMiB
		if end := bootedMiB + bootedLastMiB; s[remaining] > end {
			before, left = s[zeros], s[remaining]-end
		}
	}
	if left < near {
		l.end = l.zeros - before
	}
	return l
}

// shareLayouts gives all migrations of a group, which are of one guest with one content, what any of their first
// passes showed: the medians.
func shareLayouts(all []truth) {
	groups := map[string][]layout{}
	for _, r := range all {
		groups[r.group] = append(groups[r.group], r.layout)
	}
	for i := range all {
		r := &all[i]
		of := func(value func(layout) float64) float64 { return medianKnown(groups[r.group], value) }
		if r.end = of(func(l layout) float64 { return l.end }); math.IsNaN(r.end) {
			r.end = bootedMiB
		}
		if zeros := of(func(l layout) float64 { return l.zeros }); !math.IsNaN(zeros) && r.resident > 0 {
			r.resident = r.memory - zeros
		}
	}
}

// medianKnown is the median of the values that are known, NaN where none is.
func medianKnown(layouts []layout, value func(layout) float64) float64 {
	var known []float64
	for _, l := range layouts {
		if v := value(l); !math.IsNaN(v) {
			known = append(known, v)
		}
	}
	if len(known) == 0 {
		return math.NaN()
	}
	slices.Sort(known)
	return known[len(known)/2]
}
