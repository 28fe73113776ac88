package model

import (
	"fmt"

	"vmmp/pkg/migration"
)

// notConverging warns of a pre-copy that is not expected to switch over by itself.
func notConverging(probability float64, x migration.Features) string {
	within := "30 rounds"
	if x.Known().Has(migration.TimeoutS) {
		within = fmt.Sprintf("%s s", short(x.Get(migration.TimeoutS)))
	}
	return fmt.Sprintf("pre-copy is not expected to converge within %s (probability %.2f): the predicted downtime holds only if it does; "+
		"more bandwidth, a longer downtime limit, auto-converge or post-copy would help", within, probability)
}
