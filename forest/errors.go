package forest

import "errors"

// Faults of data or settings, found before any tree is grown except for ErrTooManyNodes. They are wrapped with the
// place of the first fault: test with errors.Is.
var (
	// ErrConfig is returned if a setting is out of its range.
	ErrConfig = errors.New("forest: invalid configuration")

	// ErrNoRows is returned if the feature matrix is nil or has no rows.
	ErrNoRows = errors.New("forest: no rows")

	// ErrNoColumns is returned if the feature matrix has no columns.
	ErrNoColumns = errors.New("forest: no columns")

	// ErrTooManyRows is returned if there are more than MaxRows rows.
	ErrTooManyRows = errors.New("forest: too many rows")

	// ErrTooManyColumns is returned if there are more than MaxColumns columns.
	ErrTooManyColumns = errors.New("forest: too many columns")

	// ErrTooManyNodes is returned if a tree has more nodes than can be addressed with so many columns: 16 million with
	// up to 127 columns and half as many with every doubling of them. Raise Config.MinLeaf or limit Config.MaxDepth.
	ErrTooManyNodes = errors.New("forest: too many nodes")

	// ErrLength is returned if there is not one target, weight or group per row.
	ErrLength = errors.New("forest: length mismatch")

	// ErrInfinite is returned if a feature is infinite. An unknown feature is NaN; an infinity is more likely the trace
	// of a fault upstream.
	ErrInfinite = errors.New("forest: infinite feature")

	// ErrTarget is returned if a target is NaN, infinite or beyond the range of float32.
	ErrTarget = errors.New("forest: invalid target")

	// ErrWeight is returned if a weight is negative, NaN or infinite, or all are 0.
	ErrWeight = errors.New("forest: invalid weight")

	// ErrShape is returned if data do not have the shape that the forest was fitted to.
	ErrShape = errors.New("forest: data of another shape")
)

// Results that a forest cannot give.
var (
	// ErrNoCover is returned if the forest was fitted with Config.NoCover and so does not know how much of the training
	// weight went to either side of a split.
	ErrNoCover = errors.New("forest: no cover kept")

	// ErrFewRows is returned if too few rows are out of the bag of any tree to calibrate intervals on.
	ErrFewRows = errors.New("forest: too few rows out of bag")

	// ErrTooLarge is returned if the forest would take 2 GiB or more in ONNX, which no reader of Protocol Buffers
	// accepts. Fewer trees or a higher Config.MinLeaf make it smaller.
	ErrTooLarge = errors.New("forest: too large for ONNX")
)

// Faults of an encoded forest, in the order in which Decode checks for them.
var (
	// ErrNotForest is returned if the data do not begin as an encoded forest does.
	ErrNotForest = errors.New("forest: not an encoded forest")

	// ErrVersion is returned if the data are an encoded forest of an unknown format version.
	ErrVersion = errors.New("forest: unknown format version")

	// ErrChecksum is returned if the data were truncated or altered.
	ErrChecksum = errors.New("forest: checksum mismatch")

	// ErrCorrupt is returned if the checksum holds, but what it covers is not a forest.
	ErrCorrupt = errors.New("forest: corrupt structure")
)

// Panics: faults of the calling program rather than of its data.
const (
	panicFeatures    = "forest: feature count mismatch"
	panicDestination = "forest: destination shape mismatch"
	panicQuantile    = "forest: no quantile or one outside [0, 1]"
	panicNoLeafRows  = "forest: no leaf rows kept"
)
