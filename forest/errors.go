package forest

import "errors"

// Faults of the data or the configuration, found before any tree grows. They
// come wrapped with the place of the first fault: test with errors.Is.
var (
	// ErrConfig: a Config field is out of its range.
	ErrConfig = errors.New("forest: invalid configuration")

	// ErrNoRows: the feature matrix is nil or has no rows.
	ErrNoRows = errors.New("forest: no rows")

	// ErrNoColumns: the feature matrix has no columns.
	ErrNoColumns = errors.New("forest: no columns")

	// ErrTooManyRows: there are more than MaxRows rows.
	ErrTooManyRows = errors.New("forest: too many rows")

	// ErrTooManyColumns: there are more than MaxColumns columns.
	ErrTooManyColumns = errors.New("forest: too many columns")

	// ErrTooManyNodes: a tree has more nodes than can be told apart beside so
	// many columns, 16 million with up to 127 columns and half as many with
	// every doubling of them. Raise Config.MinLeaf or limit Config.MaxDepth.
	ErrTooManyNodes = errors.New("forest: too many nodes")

	// ErrLength: targets, weights or groups do not number one per row.
	ErrLength = errors.New("forest: length mismatch")

	// ErrInfinite: a feature is infinite. NaN is how an unknown feature is
	// written; an infinity is more likely the trace of a fault upstream.
	ErrInfinite = errors.New("forest: infinite feature")

	// ErrTarget: a target is NaN, infinite or beyond the range of float32.
	ErrTarget = errors.New("forest: invalid target")

	// ErrWeight: a weight is negative, NaN or infinite, or all are 0.
	ErrWeight = errors.New("forest: invalid weight")

	// ErrShape: the data do not have the shape the forest was fitted to.
	ErrShape = errors.New("forest: data of another shape")
)

// What a forest cannot do for want of what it takes.
var (
	// ErrNoCover: the forest was fitted with Config.NoCover, and so it cannot tell
	// how much of the training weight went each way at a split.
	ErrNoCover = errors.New("forest: no cover kept")

	// ErrFewRows: too few rows are out of the bag of any tree to calibrate
	// intervals on.
	ErrFewRows = errors.New("forest: too few rows out of bag")

	// ErrTooLarge: in ONNX the forest would take 2 GiB or more, which no reader of
	// Protocol Buffers takes. Fewer trees or a higher Config.MinLeaf make it
	// smaller.
	ErrTooLarge = errors.New("forest: too large for ONNX")
)

// Faults of an encoded forest, in the order in which Decode looks for them.
var (
	// ErrNotForest: the data do not begin as an encoded forest does.
	ErrNotForest = errors.New("forest: not an encoded forest")

	// ErrVersion: the data are an encoded forest of an unknown format version.
	ErrVersion = errors.New("forest: unknown format version")

	// ErrChecksum: the data were truncated or altered.
	ErrChecksum = errors.New("forest: checksum mismatch")

	// ErrCorrupt: the checksum holds, but what it covers is not a forest.
	ErrCorrupt = errors.New("forest: corrupt structure")
)

// Panics: faults of the calling program rather than of its data.
const (
	panicFeatures    = "forest: feature count mismatch"
	panicDestination = "forest: destination shape mismatch"
	panicQuantile    = "forest: no quantile or one outside [0, 1]"
	panicNoLeafRows  = "forest: no leaf rows kept"
)
