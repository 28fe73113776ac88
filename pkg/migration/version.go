package migration

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// versionParts is how many minor numbers a major one has room for.
const versionParts = 100

// VersionNumber returns the number that a release is kept as. Numbers are in the order of the releases: unlike decimal
// fractions, they tell 4.2 from 4.20, which Xen has both.
func VersionNumber(major, minor int) float64 { return float64(major*versionParts + minor) }

// VersionPattern is the regular expression of the releases that are taken, in the syntax that OpenAPI and Go share.
const VersionPattern = `^0*([1-9][0-9]?|100)(\.0*[0-9]{1,2}(\.[0-9]+)*)?$`

// parseVersion reads a release such as 8.1, 10.0.2 or 10; what follows the minor number is left out, and a minor number
// that is not given is 0.
func parseVersion(text string) (float64, error) {
	parts := strings.Split(strings.TrimSpace(text), ".")
	numbers := make([]int, max(2, len(parts)))
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 32)
		if err != nil {
			return 0, strconv.ErrSyntax
		}
		numbers[i] = int(n)
	}
	if numbers[1] >= versionParts {
		return math.Inf(1), nil // as a release beyond all bounds: 9.100 is not 10.0
	}
	return VersionNumber(numbers[0], numbers[1]), nil
}

// formatVersion returns a release as parseVersion reads it.
func formatVersion(v float64) string {
	return fmt.Sprintf("%d.%d", int(v)/versionParts, int(v)%versionParts)
}
