package evaluate

import "vmmp/pkg/migration"

// Limit returns the baseline of an operator who takes the hypervisor's downtime limit for the downtime, freed of its
// bias; the training median where no limit is known.
func Limit(x []migration.Features, y []float64) (*Baseline, error) {
	return NewBaseline(func(x migration.Features) float64 { return x.Get(migration.DowntimeLimitMS) }, x, y)
}
