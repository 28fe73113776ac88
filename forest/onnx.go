package forest

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// onnxLimit is the most bytes of a message in Protocol Buffers.
const onnxLimit = math.MaxInt32

// AppendONNX appends f to dst as a model in ONNX, for runtimes of other
// languages: a ModelProto with one node, TreeEnsembleRegressor (ONNX, operators
// of ai.onnx.ml, version 1: that of ONNX 1.4, which later runtimes read too).
// Its input x is float32 [N, f.Columns()], the features of N rows, NaN for
// unknown ones; its output y is float32 [N, 1], PredictRow of each. Quantiles,
// leaf rows and importance stay behind.
//
// Features take the same ways through the trees as here, because both compare
// in float32. What is float64 must be rounded to it; a value beyond its range
// may become an infinity, as no split of Fit tells that from the largest float32.
// Runtimes also sum in float32: y differs from PredictRow by rounding errors of
// the largest values of leaves, so by more than usual where values of opposite
// signs cancel out, and overflows where targets come near the largest float32.
//
// Equal forests have equal models. A model takes about 25 bytes a node; dst grows
// once, to what is needed. The error is ErrTooLarge, wrapped, or nil; dst is then
// returned as it was.
func (f *Forest) AppendONNX(dst []byte) ([]byte, error) { return f.appendONNX(dst, onnxLimit) }

// appendONNX is AppendONNX with another limit.
//
// A message begins with its length, and the model holds nearly all of its bytes
// in lists: these are measured first. In each message around them they come
// last, so that what is not a list is one head.
func (f *Forest) appendONNX(dst []byte, limit int64) ([]byte, error) {
	sizes := f.onnxSizes()
	heads, rest := make([]message, len(onnxLists)), int64(0)
	for i, l := range onnxLists {
		heads[i] = l.head(sizes[i])
		rest += int64(len(heads[i])) + sizes[i]
	}
	head := f.onnxHead(rest)
	size := int64(len(head)) + rest
	if size > limit {
		return dst, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, size, limit)
	}
	dst = append(slices.Grow(dst, int(size)), head...)
	lists := make([][]byte, len(onnxLists)) // each a part of dst, to be filled
	for i := range lists {
		dst = append(dst, heads[i]...)
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

// onnxSizes returns how many bytes the elements of each list take.
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

// The versions that ONNX 1.4 brought together (onnx/docs/Versioning.md).
const (
	onnxIRVersion = 4
	onnxOpset     = 9
	onnxMLOpset   = 1
	onnxMLDomain  = "ai.onnx.ml"
)

// onnxHead returns all of the model that stands before its lists, which take so
// many bytes.
func (f *Forest) onnxHead(lists int64) message {
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

// An onnxList is an attribute of TreeEnsembleRegressor that is a list, with an
// element for each node or, of the targets, for each leaf. The popularity of
// nodes, nodes_hitrates, may be left out, and is: it changes no answer.
type onnxList struct {
	name   string
	kind   onnxKind
	append func(dst []byte, n *onnxNode) []byte
}

// onnxKind says of what a list is: by which number onnx.proto knows its type,
// and by which the field of AttributeProto that holds it.
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

// appendMode appends what a node does. A split compares as a forest does: x <=
// threshold goes to the true side, which is the left one. So with a threshold of
// +Inf every known value does, and NaN, which no comparison is true of, goes
// where nodes_missing_value_tracks_true says.
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

// head returns what of the attribute stands before its elements, which take so
// many bytes. Numbers are packed, strings have a tag each.
func (l onnxList) head(size int64) message {
	m := message(nil).text(attributeName, l.name).number(attributeType, l.kind.typ)
	if l.kind != onnxStrings {
		m = m.begin(l.kind.field, size)
	}
	return message(nil).open(nodeAttribute, m, size)
}

// onnxNode is a node in the terms of TreeEnsembleRegressor. What a leaf does not
// have is 0.
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
	w := b.nodes[at]
	if isLeaf(w) {
		n.leaf, n.value = true, float32(leafValue(w))
		return n
	}
	left := b.children(at)
	n.left, n.right = onnxID(root, left), onnxID(root, left+1)
	n.threshold = splitThreshold(w)
	column, missingLeft := b.splitAt(at)
	n.column = column
	if missingLeft {
		n.missingLeft = 1
	}
	return n
}

// onnxID returns the number of a node in its tree, from 0 on in the order of
// traverse, as ONNX asks: the order in which a planter gives nodes their place,
// beside the root none.
func onnxID(root, at uint64) int {
	if at == root {
		return 0
	}
	return int(at - root - 1)
}
