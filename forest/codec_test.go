package forest

import (
	"bytes"
	"encoding"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
	"runtime"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
)

var _ encoding.BinaryAppender = (*Forest)(nil)

// sealed returns data with its last bytes replaced by the right checksum.
func sealed(data []byte) []byte {
	data = slices.Clone(data)
	if n := len(data) - checksumSize; n >= 0 {
		binary.LittleEndian.PutUint32(data[n:], crc32.Checksum(data[:n], castagnoli))
	}
	return data
}

// smallForest has splits on unknown values, weights and capped leaves.
func smallForest(t testing.TB) *Forest {
	d := withMissing(friedman1(1, 40, 5), 0.3)
	d.Weights = make([]float64, 40)
	for i := range d.Weights {
		d.Weights[i] = float64(i % 4)
	}
	return mustFit(t, d, Config{Trees: 3, MinLeaf: 2, LeafSamples: 3, Seed: 5})
}

func TestDecodedForestIsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, c := drawData(t), drawConfig(t)
		f, err := Fit(t.Context(), d, c)
		if err != nil {
			t.Fatal(err)
		}
		data, err := f.AppendBinary([]byte("before"))
		if err != nil || !bytes.HasPrefix(data, []byte("before")) {
			t.Fatalf("error %v, data %q", err, data)
		}
		data = data[len("before"):]
		g, err := Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		again, _ := g.AppendBinary(nil)
		if !bytes.Equal(again, data) {
			t.Fatal("encodes to other bytes")
		}
		checkSame(t, f, g, d)
	})
}

// checkSame compares all that two forests answer about d, bit for bit.
func checkSame(t *rapid.T, f, g *Forest, d Data) {
	if f.Columns() != g.Columns() || f.Trees() != g.Trees() || f.Rows() != g.Rows() {
		t.Fatalf("another shape: %d, %d, %d", g.Columns(), g.Trees(), g.Rows())
	}
	if !slices.Equal(f.Importance(), g.Importance()) {
		t.Fatal("another importance")
	}
	if !slices.Equal(f.Predict(nil, d.X), g.Predict(nil, d.X)) {
		t.Fatal("other predictions")
	}
	a, errA := f.OutOfBag(d)
	b, errB := g.OutOfBag(d)
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	for i := range d.Y {
		row := mat.Row(nil, i, d.X)
		if !slices.Equal(f.LeafRows(nil, row), g.LeafRows(nil, row)) || a.Trees(i) != b.Trees(i) {
			t.Fatalf("other leaf rows or bags at row %d", i)
		}
	}
}

func TestLargeForestDecodes(t *testing.T) {
	// Large enough to be decoded by several workers.
	d := friedman1(1, 3000, 5)
	data := mustEncode(t, mustFit(t, d, Config{Trees: 60}))
	if len(data) < parallelBytes {
		t.Fatalf("only %d bytes", len(data))
	}
	f, err := Decode(data)
	if err != nil || !bytes.Equal(mustEncode(t, f), data) {
		t.Errorf("error %v, or encodes to other bytes", err)
	}
	broken := slices.Clone(data)
	broken[len(broken)-checksumSize-1] = 0xff
	if _, err := Decode(sealed(broken)); !errors.Is(err, ErrCorrupt) {
		t.Errorf("last row out of range: error %v", err)
	}
}

func TestTruncatedForestIsRefused(t *testing.T) {
	data := mustEncode(t, smallForest(t))
	for n := range data {
		want := ErrChecksum
		if n < len(magic) {
			want = ErrNotForest
		}
		if f, err := Decode(data[:n]); f != nil || !errors.Is(err, want) {
			t.Fatalf("the first %d of %d bytes: error %v, want %v", n, len(data), err, want)
		}
		if f, err := Decode(sealed(data[:n])); f != nil || err == nil {
			t.Fatalf("the first %d of %d bytes, sealed, are taken for a forest", n, len(data))
		}
	}
}

func TestAlteredForestIsRefused(t *testing.T) {
	data := mustEncode(t, smallForest(t))
	for i := range data {
		for bit := range 8 {
			data[i] ^= 1 << bit
			if f, err := Decode(data); f != nil || err == nil {
				t.Fatalf("bit %d of byte %d flipped, and no error", bit, i)
			}
			// With a right checksum it may be another forest, or none.
			checkDecode(t, sealed(data))
			data[i] ^= 1 << bit
		}
	}
}

// checkDecode holds Decode to what it promises of any data.
func checkDecode(t *testing.T, data []byte) {
	f, err := Decode(data)
	if err != nil {
		for _, known := range []error{ErrNotForest, ErrVersion, ErrChecksum, ErrCorrupt} {
			if f == nil && errors.Is(err, known) {
				return
			}
		}
		t.Fatalf("forest %v, error %v", f, err)
	}
	if !bytes.Equal(mustEncode(t, f), data) {
		t.Fatal("encodes to other bytes")
	}
	row := make([]float64, f.Columns())
	f.PredictRow(row)
	f.LeafRows(nil, row)
	if len(f.samples.row) > 0 {
		f.Quantiles(nil, mat.NewDense(1, len(row), row), 0, 0.5, 1)
	}
}

func TestDecodeRefuses(t *testing.T) {
	f := mustFit(t, Data{X: column(1, 2, 3, nan), Y: []float64{1, 2, 3, 4}, Weights: []float64{1, 2, 3, 4}},
		Config{Trees: 1, NoBootstrap: true})
	data := mustEncode(t, f)
	const (
		importance = headerSize
		target     = importance + 8
		number     = target + 4*8
		weight     = number + 4*4
		directory  = weight + 4*8
		nodes      = directory + directorySize
	)
	u32 := func(v uint32) []byte { return binary.LittleEndian.AppendUint32(nil, v) }
	f64 := func(v float64) []byte { return binary.LittleEndian.AppendUint64(nil, math.Float64bits(v)) }
	f32 := func(v float32) []byte { return u32(math.Float32bits(v)) }
	firstLeaf := nodes
	for _, p := range walkTree(f, 0) {
		if isLeaf(p.node) {
			break
		}
		firstLeaf += nodeSize + shareSize
	}
	for _, test := range []struct {
		name string
		at   int
		put  []byte
		want error
	}{
		{"nothing changed", 0, nil, nil},
		{"magic", 0, []byte("f"), ErrNotForest},
		{"magic after text mode", 6, []byte("\n"), ErrNotForest},
		{"version", 8, u32(1), ErrVersion},
		{"no trees", 12, u32(0), ErrCorrupt},
		{"many trees", 12, u32(math.MaxUint32), ErrCorrupt},
		{"another tree", 12, u32(2), ErrCorrupt},
		{"no columns", 16, u32(0), ErrCorrupt},
		{"many columns", 16, u32(MaxColumns + 1), ErrCorrupt},
		{"no rows", 20, u32(0), ErrCorrupt},
		{"too many rows", 20, u32(MaxRows + 1), ErrCorrupt},
		{"fewer rows than are kept", 20, u32(3), ErrCorrupt},
		{"no units", 24, u32(0), ErrCorrupt},
		{"more units than rows", 24, u32(5), ErrCorrupt},
		{"more kept rows", 28, u32(4 + 1), ErrCorrupt},
		{"fewer kept rows", 28, u32(3), ErrCorrupt},
		{"weights of no rows", 28, u32(0), ErrCorrupt},
		{"flags", 40, u32(8), ErrCorrupt},
		{"importance NaN", importance, f64(nan), ErrCorrupt},
		{"importance below 0", importance, f64(-1), ErrCorrupt},
		{"row beyond the last", number, u32(4), ErrCorrupt},
		{"row twice", number, u32(1), ErrCorrupt},
		{"targets not in order", target, f64(2.5), ErrCorrupt},
		{"rows not in order", target, append(f64(2), f64(1)...), ErrCorrupt},
		{"target NaN", target, f64(nan), ErrCorrupt},
		{"target infinite", target, f64(math.Inf(-1)), ErrCorrupt},
		{"weight 0", weight, f64(0), ErrCorrupt},
		{"weight infinite", weight, f64(math.Inf(1)), ErrCorrupt},
		{"even number of nodes", directory, u32(6), ErrCorrupt},
		{"fewer nodes", directory, u32(5), ErrCorrupt},
		{"many nodes", directory, u32(math.MaxUint32), ErrCorrupt},
		{"fewer draws", directory + 4, u32(3), ErrCorrupt},
		{"many draws", directory + 4, u32(math.MaxUint32), ErrCorrupt},
		{"fewer bytes", directory + 8, u32(10), ErrCorrupt},
		{"column out of range", nodes, []byte{2, 0}, ErrCorrupt},
		{"threshold NaN", nodes + 2, f32(float32(nan)), ErrCorrupt},
		{"threshold -Inf", nodes + 2, f32(float32(math.Inf(-1))), ErrCorrupt},
		{"share NaN", nodes + nodeSize, f32(float32(nan)), ErrCorrupt},
		{"share above 1", nodes + nodeSize, f32(1.5), ErrCorrupt},
		{"root a leaf", nodes, []byte{0xff, 0xff}, ErrCorrupt},
		{"leaf a split", firstLeaf, []byte{0, 0}, ErrCorrupt},
		{"value NaN", firstLeaf + 2, f32(float32(nan)), ErrCorrupt},
		{"value infinite", firstLeaf + 2, f32(float32(math.Inf(1))), ErrCorrupt},
		{"leaf without draws", firstLeaf + nodeSize, []byte{0}, ErrCorrupt},
		{"draws beyond the leaf", firstLeaf + nodeSize, []byte{9}, ErrCorrupt},
		{"row out of range", firstLeaf + nodeSize + 1, []byte{4}, ErrCorrupt},
		{"uvarint too long", firstLeaf + nodeSize, []byte{0x81, 0}, ErrCorrupt},
		{"uvarint endless", firstLeaf + nodeSize, bytes.Repeat([]byte{0xff}, 9), ErrCorrupt},
	} {
		t.Run(test.name, func(t *testing.T) {
			altered := slices.Clone(data)
			copy(altered[test.at:], test.put)
			if _, err := Decode(sealed(altered)); !errors.Is(err, test.want) {
				t.Errorf("error %v, want %v", err, test.want)
			}
		})
	}
	for name, altered := range map[string][]byte{
		"a byte more": append(slices.Clone(data), 0),
		"a leaf more": slices.Insert(slices.Clone(data), len(data)-4, 0xff, 0xff, 0, 0, 0, 0, 0),
	} {
		if _, err := Decode(sealed(altered)); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: error %v, want %v", name, err, ErrCorrupt)
		}
	}
}

func TestDistinct(t *testing.T) {
	for _, limit := range []int{10, 1 << 30} { // by bits, and by sorting
		if !distinct([]uint32{3, 9, 0, 5}, limit) || !distinct(nil, limit) {
			t.Errorf("limit %d: distinct values are not", limit)
		}
		if distinct([]uint32{3, 9, 0, 5, 9}, limit) {
			t.Errorf("limit %d: equal values are distinct", limit)
		}
	}
	one := mustFit(t, Data{X: column(1, 2, 3, 4), Y: []float64{1, 2, 3, 4}}, Config{Trees: 1})
	forged := mustEncode(t, one)
	binary.LittleEndian.PutUint32(forged[20:], MaxRows)
	if n := allocated(func() { _, _ = Decode(sealed(forged)) }); n > 1<<16 {
		t.Errorf("%d bytes allocated for %d, of a forest that says it had many rows", n, len(forged))
	}
}

func TestTreesKeepToTheirBytes(t *testing.T) {
	// Ranks above 127 take two bytes, so that a tree may be given fewer bytes and still as many as its directory entry
	// needs at the least.
	f := mustFit(t, friedman1(1, 300, 5), Config{Trees: 2, LeafSamples: 1, NoBootstrap: true})
	data := mustEncode(t, f)
	directory := headerSize + 8*5 + 12*len(f.samples.row)
	lengths := [2][]byte{data[directory+8:], data[directory+directorySize+8:]}
	for range 300 {
		for i, step := range []uint32{math.MaxUint32, 1} {
			v := binary.LittleEndian.Uint32(lengths[i])
			binary.LittleEndian.PutUint32(lengths[i], v+step)
		}
		if _, err := Decode(sealed(data)); !errors.Is(err, ErrCorrupt) {
			t.Fatalf("error %v, want %v", err, ErrCorrupt)
		}
	}
}

func TestDecodeAllocatesLittle(t *testing.T) {
	data := mustEncode(t, mustFit(t, friedman1(1, 500, 5), Config{Trees: 20}))
	if n := testing.AllocsPerRun(10, func() { mustDecode(t, data) }); n > 120 {
		t.Errorf("%v allocations for 20 trees", n)
	}
	if n := allocated(func() { mustDecode(t, data) }); n > 5*uint64(len(data)) {
		t.Errorf("%d bytes allocated for %d", n, len(data))
	}
}

func mustDecode(t testing.TB, data []byte) *Forest {
	t.Helper()
	f, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// allocated returns how many bytes call allocates.
func allocated(call func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	call()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(nil))
	f.Add([]byte(magic))
	f.Add(mustEncode(f, smallForest(f)))
	f.Add(mustEncode(f, mustFit(f, Data{X: column(1), Y: []float64{2}}, Config{Trees: 1})))
	f.Add(mustEncode(f, mustFit(f, friedman1(1, 20, 5), Config{Trees: 2, LeafSamples: -1})))
	f.Fuzz(func(t *testing.T, data []byte) {
		// Without a right checksum nothing behind it would ever be reached.
		for _, input := range [][]byte{data, sealed(data)} {
			if n := allocated(func() { _, _ = Decode(input) }); n > 1<<16+16*uint64(len(input)) {
				t.Errorf("%d bytes allocated for %d", n, len(input))
			}
			checkDecode(t, input)
		}
	})
}
