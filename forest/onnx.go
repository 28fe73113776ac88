package forest

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// onnxLimit is the most bytes of a message in Protocol Buffers.
const onnxLimit = math.MaxInt32

// AppendONNX appends f to dst as an ONNX model, for runtimes of other languages, and returns it: a ModelProto with one
// node, TreeEnsembleRegressor (ONNX, operators of ai.onnx.ml, version 1: that of ONNX 1.4, which later runtimes read
// too). Its input x is float32 [N, f.Columns()], the features of N rows, NaN for unknown ones; its output y is float32
// [N, 1], PredictRow of each. Quantiles, leaf rows and importance are not part of the model.
//
// Rows reach the same leaves as here, because both compare in float32. Features in float64 must be rounded to it; a
// value beyond its range may become an infinity, which no split of Fit tells from the largest float32. Runtimes also
// sum in float32: y differs from PredictRow by rounding errors of the largest leaf values, so by more than usual where
// values of opposite signs cancel out, and overflows where targets come near the largest float32.
//
// Equal forests have equal models. A model takes about 25 bytes a node; dst grows once, to what is needed. AppendONNX
// returns dst as it was and ErrTooLarge, wrapped, if the model would take 2 GiB or more.
func (f *Forest) AppendONNX(dst []byte) ([]byte, error) { return f.appendONNX(dst, onnxLimit) }

// appendONNX is AppendONNX with another limit.
//
// A message begins with its length, and the model holds nearly all of its bytes in lists: these are measured first. In
// each message around them they come last, so that all that precedes them is one header.
func (f *Forest) appendONNX(dst []byte, limit int64) ([]byte, error) {
	sizes := f.onnxSizes()
	headers, rest := make([]message, len(onnxLists)), int64(0)
	for i, l := range onnxLists {
		headers[i] = l.header(sizes[i])
		rest += int64(len(headers[i])) + sizes[i]
	}
	header := f.onnxHeader(rest)
	size := int64(len(header)) + rest
	if size > limit {
		return dst, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, size, limit)
	}
	dst = append(slices.Grow(dst, int(size)), header...)
	lists := make([][]byte, len(onnxLists)) // parts of dst, to be filled
	for i := range lists {
		dst = append(dst, headers[i]...)
		lists[i] = dst[len(dst):]
		dst = dst[:len(dst)+int(sizes[i])]
	}
	f.eachONNX(func(n *onnxNode) {
		for i, l := range onnxLists {
			lists[i] = l.append(lists[i], n)
		}
	})
	return dst, nil
}

// onnxSizes returns the size of the elements of each list, in bytes.
func (f *Forest) onnxSizes() []int64 {
	sizes := make([]int64, len(onnxLists))
	var scratch [16]byte
	f.eachONNX(func(n *onnxNode) {
		for i, l := range onnxLists {
			sizes[i] += int64(len(l.append(scratch[:0], n)))
		}
	})
	return sizes
}

// The versions that make up ONNX 1.4 (onnx/docs/Versioning.md).
const (
	onnxIRVersion = 4
	onnxOpset     = 9
	onnxMLOpset   = 1
	onnxMLDomain  = "ai.onnx.ml"
)

// onnxHeader returns all of the model that precedes its lists, which take so many bytes.
func (f *Forest) onnxHeader(lists int64) message {
	node := message(nil).text(nodeInput, "x").text(nodeOutput, "y").
		text(nodeOperator, "TreeEnsembleRegressor").text(nodeDomain, onnxMLDomain).
		inner(nodeAttribute, onnxString("aggregate_function", "AVERAGE")).
		inner(nodeAttribute, onnxString("post_transform", "NONE")).
		inner(nodeAttribute, onnxInt("n_targets", 1))
	graph := message(nil).text(graphName, "forest").
		inner(graphInput, onnxMatrix("x", f.columns)).
		inner(graphOutput, onnxMatrix("y", 1)).
		open(graphNode, node, lists)
	return message(nil).number(modelIRVersion, onnxIRVersion).text(modelProducer, "vmmp/forest").
		inner(modelOpset, message(nil).text(opsetDomain, "").number(opsetVersion, onnxOpset)).
		inner(modelOpset, message(nil).text(opsetDomain, onnxMLDomain).number(opsetVersion, onnxMLOpset)).
		open(modelGraph, graph, lists)
}

func onnxString(name, value string) message {
	return message(nil).text(attributeName, name).text(attributeString, value).number(attributeType, typeString)
}

func onnxInt(name string, value int) message {
	return message(nil).text(attributeName, name).number(attributeInt, value).number(attributeType, typeInt)
}

// onnxMatrix declares a float32 matrix of N rows.
func onnxMatrix(name string, columns int) message {
	shape := message(nil).
		inner(shapeDimension, message(nil).text(dimensionName, "N")).
		inner(shapeDimension, message(nil).number(dimensionValue, columns))
	tensor := message(nil).number(tensorElement, elementFloat32).inner(tensorShape, shape)
	return message(nil).text(valueName, name).inner(valueType, message(nil).inner(typeTensor, tensor))
}

// onnxList is an attribute of TreeEnsembleRegressor that is a list, with an element for each node or, in the case of
// targets, for each leaf. The popularity of nodes, nodes_hitrates, is optional and left out: it changes no prediction.
type onnxList struct {
	name   string
	kind   onnxKind
	append func(dst []byte, n *onnxNode) []byte
}

// onnxKind is the type of a list's elements: the number by which onnx.proto knows the type, and that of the field of
// AttributeProto that holds the list.
type onnxKind struct{ typ, field int }

var (
	onnxFloats  = onnxKind{typ: 6, field: 7}
	onnxInts    = onnxKind{typ: 7, field: 8}
	onnxStrings = onnxKind{typ: 8, field: 9}
)

var onnxLists = []onnxList{
	ofNodes("nodes_treeids", func(n *onnxNode) int { return n.tree }),
	ofNodes("nodes_nodeids", func(n *onnxNode) int { return n.id }),
	ofNodes("nodes_featureids", func(n *onnxNode) int { return n.column }),
	{"nodes_modes", onnxStrings, appendMode},
	{"nodes_values", onnxFloats, func(dst []byte, n *onnxNode) []byte { return appendFloat32(dst, n.threshold) }},
	ofNodes("nodes_truenodeids", func(n *onnxNode) int { return n.left }),
	ofNodes("nodes_falsenodeids", func(n *onnxNode) int { return n.right }),
	ofNodes("nodes_missing_value_tracks_true", func(n *onnxNode) int { return n.missingLeft }),
	ofLeaves("target_treeids", func(n *onnxNode) int { return n.tree }),
	ofLeaves("target_nodeids", func(n *onnxNode) int { return n.id }),
	ofLeaves("target_ids", func(*onnxNode) int { return 0 }),
	{"target_weights", onnxFloats, appendWeight},
}

// ofNodes returns a list of integers with an element for each node.
func ofNodes(name string, value func(n *onnxNode) int) onnxList {
	return onnxList{name, onnxInts, func(dst []byte, n *onnxNode) []byte {
		return binary.AppendUvarint(dst, uint64(value(n)))
	}}
}

// ofLeaves returns a list of integers with an element for each leaf.
func ofLeaves(name string, value func(n *onnxNode) int) onnxList {
	return onnxList{name, onnxInts, func(dst []byte, n *onnxNode) []byte {
		if !n.leaf {
			return dst
		}
		return binary.AppendUvarint(dst, uint64(value(n)))
	}}
}

func appendFloat32(dst []byte, v float32) []byte {
	return binary.LittleEndian.AppendUint32(dst, math.Float32bits(v))
}

// appendMode appends what a node does. A split compares as a forest does: x <= threshold goes to the true branch, which
// is the left one. So with a threshold of +Inf every known value goes there, and NaN, for which no comparison is true,
// goes where nodes_missing_value_tracks_true says.
func appendMode(dst []byte, n *onnxNode) []byte {
	mode := "BRANCH_LEQ"
	if n.leaf {
		mode = "LEAF"
	}
	return message(dst).text(onnxStrings.field, mode)
}

func appendWeight(dst []byte, n *onnxNode) []byte {
	if !n.leaf {
		return dst
	}
	return appendFloat32(dst, n.value)
}

// header returns the part of the attribute that precedes its elements, which take so many bytes. Numbers are packed,
// strings have a tag each.
func (l onnxList) header(size int64) message {
	m := message(nil).text(attributeName, l.name).number(attributeType, l.kind.typ)
	if l.kind != onnxStrings {
		m = m.begin(l.kind.field, size)
	}
	return message(nil).open(nodeAttribute, m, size)
}

// onnxNode is a node in the terms of TreeEnsembleRegressor. Fields that do not apply to a leaf are 0.
type onnxNode struct {
	tree, id    int
	leaf        bool
	value       float32 // of a leaf
	threshold   float32
	column      int
	left, right int // ids of the children
	missingLeft int // 1 if missing values go left
}

// eachONNX visits the nodes of f, tree by tree, in the order of their ids.
func (f *Forest) eachONNX(visit func(n *onnxNode)) {
	var n onnxNode
	for i := range f.trees {
		b, root := f.locate(i)
		b.eachNode(root, func(at uint64) {
			n = b.onnxNode(root, at)
			n.tree = i
			visit(&n)
		})
	}
}

// onnxNode returns the node at the given position of the tree at root.
func (b *block) onnxNode(root, at uint64) onnxNode {
	n := onnxNode{id: onnxID(root, at)}
	packed := b.nodes[at]
	if isLeaf(packed) {
		n.leaf, n.value = true, float32(leafValue(packed))
		return n
	}
	left := b.children(at)
	n.left, n.right = onnxID(root, left), onnxID(root, left+1)
	n.threshold = splitThreshold(packed)
	column, missingLeft := b.splitAt(at)
	n.column = column
	if missingLeft {
		n.missingLeft = 1
	}
	return n
}

// onnxID returns the number of a node in its tree, from 0 on in the order of traverse, as ONNX demands: the order in
// which a packer adds nodes, in which the root's twin is unused.
func onnxID(root, at uint64) int {
	if at == root {
		return 0
	}
	return int(at - root - 1)
}
