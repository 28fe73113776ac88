package api

import (
	"fmt"
	"slices"

	"vmmp/pkg/migration"
)

// decodeFeatures reads what is known of one VM, and what to warn of. An outcome beside the features is passed over, so
// that a recorded migration can be asked about.
func decodeFeatures(text []byte) (migration.Features, []string, migration.Faults) {
	record, unknown, faults := migration.DecodeJSON(text)
	if len(faults) == 1 && faults[0].Location == "body" {
		return record.Features, nil, faults
	}
	for _, f := range record.Features.Validate() {
		// A field whose value could not be read is not missing as well.
		if !slices.ContainsFunc(faults, func(other migration.Fault) bool { return other.Location == f.Location }) {
			faults = append(faults, f)
		}
	}
	return record.Features, unknownFields(unknown), faults
}

// mostWarnings bounds the unknown fields that an answer names.
const mostWarnings = 20

// unknownFields warns of fields that mean nothing here.
func unknownFields(names []string) []string {
	var warnings []string
	for _, name := range names[:min(len(names), mostWarnings)] {
		warnings = append(warnings, migration.UnknownField(name))
	}
	if rest := len(names) - mostWarnings; rest > 0 {
		warnings = append(warnings, fmt.Sprintf("%d more unknown fields ignored", rest))
	}
	return warnings
}
