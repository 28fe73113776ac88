package forest

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// tester is a testing.T or a rapid.T.
type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// fields holds the fields of a Protocol Buffers message by number, in order: integers as uint64, others as []byte.
type fields map[uint64][]any

// readMessage reads as much of the wire format as ONNX needs, and fails the test on anything else.
func readMessage(t tester, data []byte) fields {
	t.Helper()
	m := fields{}
	for len(data) > 0 {
		var tag, v uint64
		tag, data = readVarint(t, data)
		v, data = readVarint(t, data)
		switch field := tag >> 3; tag & 7 {
		case 0:
			m[field] = append(m[field], v)
		case 2:
			if v > uint64(len(data)) {
				t.Fatalf("field %d is of %d bytes, %d are left", field, v, len(data))
			}
			m[field] = append(m[field], data[:v])
			data = data[v:]
		default:
			t.Fatalf("field %d is of wire type %d", field, tag&7)
		}
	}
	return m
}

func readVarint(t tester, data []byte) (uint64, []byte) {
	t.Helper()
	v, n := binary.Uvarint(data)
	if n <= 0 {
		t.Fatal("no varint")
	}
	return v, data[n:]
}

// only returns the value of a field that occurs once.
func only[T any](t tester, m fields, field uint64) T {
	t.Helper()
	if len(m[field]) != 1 {
		t.Fatalf("field %d occurs %d times", field, len(m[field]))
	}
	v, ok := m[field][0].(T)
	if !ok {
		t.Fatalf("field %d is a %T", field, m[field][0])
	}
	return v
}

func (m fields) text(t tester, field uint64) string { return string(only[[]byte](t, m, field)) }

func (m fields) message(t tester, field uint64) fields {
	t.Helper()
	return readMessage(t, only[[]byte](t, m, field))
}

func unpackInts(t tester, data []byte) []int {
	values := []int{}
	for len(data) > 0 {
		var v uint64
		v, data = readVarint(t, data)
		values = append(values, int(v))
	}
	return values
}

func unpackFloats(data []byte) []float32 {
	values := []float32{}
	for ; len(data) >= 4; data = data[4:] {
		values = append(values, math.Float32frombits(binary.LittleEndian.Uint32(data)))
	}
	return values
}

// attributes holds the attributes of an ONNX node by name.
type attributes struct {
	ints    map[string][]int
	floats  map[string][]float32
	strings map[string][]string
}

// readAttributes reads the attributes of a NodeProto.
func readAttributes(t tester, node fields) attributes {
	t.Helper()
	a := attributes{map[string][]int{}, map[string][]float32{}, map[string][]string{}}
	for _, data := range node[5] {
		m := readMessage(t, data.([]byte))
		name := m.text(t, 1)
		switch kind := only[uint64](t, m, 20); kind {
		case 2: // INT
			a.ints[name] = []int{int(only[uint64](t, m, 3))}
		case 3: // STRING
			a.strings[name] = []string{m.text(t, 4)}
		case 6: // FLOATS
			a.floats[name] = unpackFloats(only[[]byte](t, m, 7))
		case 7: // INTS
			a.ints[name] = unpackInts(t, only[[]byte](t, m, 8))
		case 8: // STRINGS
			for _, s := range m[9] {
				a.strings[name] = append(a.strings[name], string(s.([]byte)))
			}
		default:
			t.Fatalf("attribute %s is of type %d", name, kind)
		}
	}
	return a
}

// ensemble is a TreeEnsembleRegressor.
type ensemble struct {
	attributes
	node   map[[2]int]int     // the index of a node by tree and id
	weight map[[2]int]float32 // of a leaf
}

// readEnsemble reads the one node of a model.
func readEnsemble(t tester, model []byte) ensemble {
	t.Helper()
	node := readMessage(t, model).message(t, 7).message(t, 1)
	e := ensemble{readAttributes(t, node), map[[2]int]int{}, map[[2]int]float32{}}
	trees, ids := e.ints["nodes_treeids"], e.ints["nodes_nodeids"]
	for _, name := range []string{
		"nodes_nodeids", "nodes_featureids", "nodes_truenodeids", "nodes_falsenodeids", "nodes_missing_value_tracks_true",
	} {
		if len(e.ints[name]) != len(trees) {
			t.Fatalf("%s has %d elements, nodes_treeids %d", name, len(e.ints[name]), len(trees))
		}
	}
	if len(e.floats["nodes_values"]) != len(trees) || len(e.strings["nodes_modes"]) != len(trees) {
		t.Fatalf("%d values, %d modes, %d nodes", len(e.floats["nodes_values"]), len(e.strings["nodes_modes"]), len(trees))
	}
	for i, tree := range trees {
		if i > 0 && tree == trees[i-1] && ids[i] != ids[i-1]+1 || (i == 0 || tree != trees[i-1]) && ids[i] != 0 {
			t.Fatalf("node %d of tree %d at %d is out of order", ids[i], tree, i)
		}
		e.node[[2]int{tree, ids[i]}] = i
	}
	e.readTargets(t)
	return e
}

func (e *ensemble) readTargets(t tester) {
	t.Helper()
	trees, nodes, targets := e.ints["target_treeids"], e.ints["target_nodeids"], e.ints["target_ids"]
	weights := e.floats["target_weights"]
	if len(trees) != len(nodes) || len(trees) != len(targets) || len(trees) != len(weights) {
		t.Fatalf("targets: %d trees, %d nodes, %d ids, %d weights", len(trees), len(nodes), len(targets), len(weights))
	}
	for i, tree := range trees {
		at, ok := e.node[[2]int{tree, nodes[i]}]
		if !ok || e.strings["nodes_modes"][at] != "LEAF" || targets[i] != 0 {
			t.Fatalf("target %d of node %d in tree %d, which is no leaf", targets[i], nodes[i], tree)
		}
		e.weight[[2]int{tree, nodes[i]}] = weights[i]
	}
}

// predict evaluates the ensemble as ONNX defines it, except that it sums in float64: so it equals PredictRow to the
// last bit.
func (e *ensemble) predict(t tester, row []float64) float64 {
	t.Helper()
	trees := e.ints["nodes_treeids"][len(e.ints["nodes_treeids"])-1] + 1
	sum := 0.0
	for tree := range trees {
		sum += float64(e.leafWeight(t, tree, row))
	}
	return sum / float64(trees)
}

// leafWeight returns the weight of the leaf that row reaches in a tree.
func (e *ensemble) leafWeight(t tester, tree int, row []float64) float32 {
	t.Helper()
	id := 0
	for range len(e.node) {
		at, ok := e.node[[2]int{tree, id}]
		if !ok {
			t.Fatalf("no node %d in tree %d", id, tree)
		}
		if e.strings["nodes_modes"][at] == "LEAF" {
			return e.weight[[2]int{tree, id}]
		}
		x := float32(row[e.ints["nodes_featureids"][at]])
		id = e.ints["nodes_falsenodeids"][at]
		if x <= e.floats["nodes_values"][at] || x != x && e.ints["nodes_missing_value_tracks_true"][at] == 1 {
			id = e.ints["nodes_truenodeids"][at]
		}
	}
	t.Fatalf("tree %d is endless", tree)
	return 0
}

func mustONNX(t tester, f *Forest) []byte {
	t.Helper()
	model, err := f.AppendONNX(nil)
	if err != nil {
		t.Fatal(err)
	}
	return model
}

func TestONNXPredictsAsTheForest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, err := Fit(t.Context(), drawData(t), drawConfig(t))
		if err != nil {
			t.Fatal(err)
		}
		e := readEnsemble(t, mustONNX(t, f))
		value := rapid.SampledFrom([]float64{-2, -1.5, -0.75, 0, 0.5, 1, 1.5, 3, 1e300, math.Inf(-1), math.Inf(1), nan})
		for range 10 {
			row := rapid.SliceOfN(value, f.Columns(), f.Columns()).Draw(t, "row")
			if got, want := e.predict(t, row), f.PredictRow(row); got != want {
				t.Fatalf("%v: %v, want %v", row, got, want)
			}
		}
	})
}

func TestONNXOfLargerForests(t *testing.T) {
	for name, f := range map[string]*Forest{
		"known":        mustFit(t, friedman1(1, 500, 7), Config{}),
		"missing":      mustFit(t, withMissing(friedman1(1, 500, 7), 0.3), Config{Trees: 9}),
		"wide indices": mustFit(t, withMissing(friedman1(1, 300, 200), 0.3), Config{Trees: 17}),
	} {
		t.Run(name, func(t *testing.T) {
			e := readEnsemble(t, mustONNX(t, f))
			random := rand.New(rand.NewPCG(1, 1))
			row := make([]float64, f.Columns())
			for range 200 {
				for j := range row {
					if row[j] = random.Float64(); random.IntN(4) == 0 {
						row[j] = nan
					}
				}
				if got, want := e.predict(t, row), f.PredictRow(row); got != want {
					t.Fatalf("%v: %v, want %v", row, got, want)
				}
			}
		})
	}
}

// stump returns one tree of one split, which two known rows and an unknown one force.
func stump(t testing.TB) *Forest {
	return mustFit(t, Data{X: column(0, 1, nan), Y: []float64{2, 4, 2}}, Config{Trees: 1, NoBootstrap: true})
}

func TestONNXOfAStump(t *testing.T) {
	e := readEnsemble(t, mustONNX(t, stump(t)))
	for name, want := range map[string][]int{
		"n_targets":     {1},
		"nodes_treeids": {0, 0, 0}, "nodes_nodeids": {0, 1, 2}, "nodes_featureids": {0, 0, 0},
		"nodes_truenodeids": {1, 0, 0}, "nodes_falsenodeids": {2, 0, 0},
		"nodes_missing_value_tracks_true": {1, 0, 0},
		"target_treeids":                  {0, 0}, "target_nodeids": {1, 2}, "target_ids": {0, 0},
	} {
		if got := e.ints[name]; !slices.Equal(got, want) {
			t.Errorf("%s %v, want %v", name, got, want)
		}
	}
	for name, want := range map[string][]float32{"nodes_values": {0.5, 0, 0}, "target_weights": {2, 4}} {
		if got := e.floats[name]; !slices.Equal(got, want) {
			t.Errorf("%s %v, want %v", name, got, want)
		}
	}
	for name, want := range map[string][]string{
		"aggregate_function": {"AVERAGE"}, "post_transform": {"NONE"}, "nodes_modes": {"BRANCH_LEQ", "LEAF", "LEAF"},
	} {
		if got := e.strings[name]; !slices.Equal(got, want) {
			t.Errorf("%s %q, want %q", name, got, want)
		}
	}
	if n := len(e.ints) + len(e.floats) + len(e.strings); n != 15 {
		t.Errorf("%d attributes, want 15", n)
	}
}

func TestONNXDeclares(t *testing.T) {
	model := readMessage(t, mustONNX(t, smallForest(t)))
	if v := only[uint64](t, model, 1); v != 4 {
		t.Errorf("version %d of the IR, want 4", v)
	}
	if s := model.text(t, 2); s != "vmmp/forest" {
		t.Errorf("producer %q", s)
	}
	versions := map[string]uint64{}
	for _, data := range model[8] {
		opset := readMessage(t, data.([]byte))
		versions[opset.text(t, 1)] = only[uint64](t, opset, 2)
	}
	if len(versions) != 2 || versions[""] != 9 || versions["ai.onnx.ml"] != 1 {
		t.Errorf("operator sets %v", versions)
	}
	graph := model.message(t, 7)
	node := graph.message(t, 1)
	if x, y := node.text(t, 1), node.text(t, 2); x != "x" || y != "y" {
		t.Errorf("from %q to %q, want x to y", x, y)
	}
	operator, domain := node.text(t, 4), node.text(t, 7)
	if operator != "TreeEnsembleRegressor" || domain != "ai.onnx.ml" {
		t.Errorf("operator %q of %q", operator, domain)
	}
	if graph.text(t, 2) == "" {
		t.Error("the graph has no name")
	}
	checkMatrix(t, graph.message(t, 11), "x", 5)
	checkMatrix(t, graph.message(t, 12), "y", 1)
}

// checkMatrix checks a ValueInfoProto.
func checkMatrix(t *testing.T, value fields, name string, columns uint64) {
	t.Helper()
	if got := value.text(t, 1); got != name {
		t.Errorf("name %q, want %q", got, name)
	}
	tensor := value.message(t, 2).message(t, 1)
	if element := only[uint64](t, tensor, 1); element != 1 {
		t.Errorf("%s: element type %d, want 1 (FLOAT)", name, element)
	}
	dimensions := tensor.message(t, 2)[1]
	if len(dimensions) != 2 {
		t.Fatalf("%s: %d dimensions", name, len(dimensions))
	}
	if n := readMessage(t, dimensions[0].([]byte)).text(t, 2); n != "N" {
		t.Errorf("%s: %q rows, want N", name, n)
	}
	if n := only[uint64](t, readMessage(t, dimensions[1].([]byte)), 1); n != columns {
		t.Errorf("%s: %d columns, want %d", name, n, columns)
	}
}

func TestONNXIsAFunctionOfTheForest(t *testing.T) {
	d := withMissing(friedman1(3, 200, 5), 0.2)
	f := mustFit(t, d, Config{Trees: 20, Workers: 2})
	want := mustONNX(t, f)
	for name, g := range map[string]*Forest{
		"same":       f,
		"one worker": mustFit(t, d, Config{Trees: 20, Workers: 1}),
		"decoded":    mustDecode(t, mustEncode(t, f)),
		"bare":       mustFit(t, d, Config{Trees: 20, LeafSamples: -1, NoCover: true}),
	} {
		if !bytes.Equal(mustONNX(t, g), want) {
			t.Errorf("%s: other bytes", name)
		}
	}
}

func TestONNXAppends(t *testing.T) {
	f := smallForest(t)
	want := mustONNX(t, f)
	if cap(want)-len(want) > len(want)/4+64 {
		t.Errorf("%d bytes in a slice of %d", len(want), cap(want))
	}
	before := []byte("before")
	got, err := f.AppendONNX(before)
	if err != nil || !bytes.Equal(got, append([]byte("before"), want...)) {
		t.Errorf("does not append: error %v", err)
	}
	roomy := make([]byte, 0, len(want))
	if got, _ := f.AppendONNX(roomy); &got[0] != &roomy[:1][0] {
		t.Error("does not use a destination with enough capacity")
	}
}

func TestONNXTooLarge(t *testing.T) {
	f := smallForest(t)
	size := int64(len(mustONNX(t, f)))
	dst := []byte("before")
	if got, err := f.appendONNX(dst, size); err != nil || int64(len(got)) != size+6 {
		t.Errorf("at the limit: %d bytes, error %v", len(got), err)
	}
	got, err := f.appendONNX(dst, size-1)
	if !errors.Is(err, ErrTooLarge) || string(got) != "before" {
		t.Errorf("one byte beyond the limit: %q, error %v", got, err)
	}
}
