package forest

import "encoding/binary"

// message is the encoding of a message in Protocol Buffers, or the beginning of one: fields one after the other, each a
// tag, then its value. Of the wire format (protobuf.dev/programming-guides/encoding) there is what ONNX needs: integers
// and whatever begins with its length. Fields may come in any order.
//
// Methods append a field and return the longer message, as append does.
type message []byte

// The wire types, the low three bits of a tag.
const (
	wireVarint = 0
	wireLength = 2
)

func (m message) tag(field, wire int) message {
	return binary.AppendUvarint(m, uint64(field<<3|wire))
}

// number appends an integer that is not negative.
func (m message) number(field, v int) message {
	return binary.AppendUvarint(m.tag(field, wireVarint), uint64(v))
}

// text appends a string.
func (m message) text(field int, s string) message {
	return append(m.begin(field, int64(len(s))), s...)
}

// begin appends the tag and the length of a value of so many bytes. The value is for the caller to append.
func (m message) begin(field int, size int64) message {
	return binary.AppendUvarint(m.tag(field, wireLength), uint64(size))
}

// inner appends a message.
func (m message) inner(field int, v message) message { return m.open(field, v, 0) }

// open appends the beginning of a message that goes on for so many bytes more, which are for the caller to append.
func (m message) open(field int, v message, more int64) message {
	return append(m.begin(field, int64(len(v))+more), v...)
}

// The numbers of the fields and types of onnx.proto that the model of a forest needs.
const (
	modelIRVersion = 1
	modelProducer  = 2
	modelGraph     = 7
	modelOpset     = 8

	opsetDomain  = 1
	opsetVersion = 2

	graphNode   = 1
	graphName   = 2
	graphInput  = 11
	graphOutput = 12

	nodeInput     = 1
	nodeOutput    = 2
	nodeOperator  = 4
	nodeAttribute = 5
	nodeDomain    = 7

	attributeName   = 1
	attributeInt    = 3
	attributeString = 4
	attributeType   = 20
	typeInt         = 2
	typeString      = 3

	valueName      = 1
	valueType      = 2
	typeTensor     = 1
	tensorElement  = 1
	tensorShape    = 2
	shapeDimension = 1
	dimensionValue = 1
	dimensionName  = 2
	elementFloat32 = 1
)
