package simulate

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
)

// MaxFleet is the largest fleet.
const MaxFleet = 10_000_000

// maxPredicted bounds the VMs of a fleet that are predicted: so many tell how right predictions are to within half a
// percent, and the rest of a large fleet would take ten times as long as its migrations.
const maxPredicted = 10_000

// FleetRequest says which fleet to migrate.
type FleetRequest struct {
	Count    int     // VMs, 1 to MaxFleet
	Evacuees int     // the first so many share a host that is evacuated; 0: no evacuation
	LinkMbps float64 // over which they leave it
	Seed     uint64
}

// FleetReport is what came of migrating a fleet. Shares are fractions; what no migration defines is null. Its JSON is
// a contract.
type FleetReport struct {
	Mode         Mode                `json:"mode"`
	Seed         uint64              `json:"seed"`
	Count        int                 `json:"count"`
	NotConverged float64             `json:"not_converged"` // share that was given up
	OverLimit    *float64            `json:"over_limit"`    // share of the others that paused beyond their downtime limit
	Downtime     *evaluate.Quantiles `json:"downtime_ms"`   // of those that switched over
	TotalTime    *evaluate.Quantiles `json:"total_time_ms"` // of all
	Histogram    []Bin               `json:"histogram"`     // of the downtime
	Predicted    Summary             `json:"predicted"`     // of the first of them, as its count says
	Evacuation   *Evacuation         `json:"evacuation"`    // null where none was asked for
}

// Bin counts downtimes in ms from Lower to just below Upper.
type Bin struct {
	LowerMS float64 `json:"lower_ms"`
	UpperMS float64 `json:"upper_ms"`
	Count   int     `json:"count"`
}

// RunFleet migrates a fleet on all processors. The same request gives the same report. Its errors are
// migration.Faults, located at the request's fields, ctx's when ctx ends, or that of the predictor.
func RunFleet(ctx context.Context, p Predictor, r FleetRequest) (FleetReport, error) {
	if err := r.check().Err(); err != nil {
		return FleetReport{}, err
	}
	report := FleetReport{Mode: OfFleet, Seed: r.Seed, Count: r.Count}
	results, err := migrateFleet(ctx, r)
	if err != nil {
		return FleetReport{}, err
	}
	report.distribute(results)
	if report.Predicted, err = predictFleet(ctx, p, r); err != nil {
		return FleetReport{}, fmt.Errorf("predict the fleet: %w", err)
	}
	if r.Evacuees == 0 {
		return report, nil
	}
	e, err := evacuate(ctx, p, fleetVMs(r.Seed, r.Evacuees), r.LinkMbps, r.Seed)
	report.Evacuation = &e
	return report, err
}

// check lists what is wrong with the request.
func (r *FleetRequest) check() migration.Faults {
	faults := checkFleet(r.Count)
	refuse := func(bad bool, location string, value any, format string, args ...any) {
		if bad {
			faults = append(faults, migration.Fault{Location: location, Message: fmt.Sprintf(format, args...), Value: value})
		}
	}
	link := migration.NetworkBandwidth.Definition()
	most := min(max(r.Count, 0), maxPredicted)
	refuse(r.Evacuees < 0 || r.Evacuees > most, "evacuate", r.Evacuees, "must be 0 to %d VMs of the fleet", most)
	linked := r.LinkMbps >= link.Min && r.LinkMbps <= link.Max
	refuse(r.Evacuees > 0 && !linked, link.Name, r.LinkMbps, "must be %s", link.Range())
	return faults
}

// checkFleet lists what is wrong with the number of VMs of a fleet.
func checkFleet(count int) migration.Faults {
	if count >= 1 && count <= MaxFleet {
		return nil
	}
	return migration.Faults{{Location: "fleet", Message: fmt.Sprintf("must be 1 to %d VMs", MaxFleet), Value: count}}
}

// result is what a fleet's report needs of a migration.
type result struct {
	downtime float64 // ms, NaN where it did not switch over
	total    float64 // ms
	limit    float64 // ms
}

// migrateFleet migrates all VMs of a fleet.
func migrateFleet(ctx context.Context, r FleetRequest) ([]result, error) {
	results := make([]result, r.Count)
	err := each(ctx, r.Count, func(i int) error {
		vm, o := fleetVM(r.Seed, i)
		results[i] = result{o.DowntimeMS, o.TotalTimeMS, vm.Features.Get(migration.DowntimeLimitMS)}
		return nil
	})
	return results, err
}

// predictFleet returns how right predictions of the first VMs of a fleet are.
func predictFleet(ctx context.Context, p Predictor, r FleetRequest) (Summary, error) {
	all := make([]Migration, min(r.Count, maxPredicted))
	err := each(ctx, len(all), func(i int) error {
		vm, o := fleetVM(r.Seed, i)
		prediction, err := p.Predict(ctx, vm.Features)
		all[i] = newMigration(prediction, migration.Record{Features: vm.Features, Outcome: o})
		return err
	})
	return Summarise(all), err
}

// chunk is how many VMs one goroutine takes at a time.
const chunk = 256

// each calls do for 0 to n-1 on all processors.
func each(ctx context.Context, n int, do func(i int) error) error {
	group, working := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for from := 0; from < n && working.Err() == nil; from += chunk {
		group.Go(func() error {
			for i := from; i < min(from+chunk, n); i++ {
				if err := do(i); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

// distribute fills in what results say.
func (r *FleetReport) distribute(results []result) {
	var downtimes, totals, over []float64
	for _, f := range results {
		totals = append(totals, f.total)
		if !math.IsNaN(f.downtime) {
			downtimes, over = append(downtimes, f.downtime), append(over, one(f.downtime > f.limit))
		}
	}
	r.NotConverged = 1 - float64(len(downtimes))/float64(len(results))
	r.OverLimit, r.Downtime, r.TotalTime = mean(over), evaluate.NewQuantiles(downtimes), evaluate.NewQuantiles(totals)
	r.Histogram = histogram(downtimes)
}

// histogram counts values in bins whose edges are 1, 2 and 5 times the powers of ten, from the first that holds one
// to the last.
func histogram(values []float64) []Bin {
	if len(values) == 0 {
		return []Bin{}
	}
	least, most := slices.Min(values), slices.Max(values)
	var bins []Bin
	for decade := math.Pow(10, math.Floor(math.Log10(least))); decade <= most; decade *= 10 {
		for _, lower := range [...]float64{decade, 2 * decade, 5 * decade} {
			upper := lower * 2
			if lower == 2*decade {
				upper = 5 * decade
			}
			if upper > least && lower <= most {
				bins = append(bins, Bin{LowerMS: lower, UpperMS: upper})
			}
		}
	}
	for _, v := range values {
		i, found := slices.BinarySearchFunc(bins, v, func(b Bin, v float64) int {
			switch {
			case v < b.LowerMS:
				return 1
			case v >= b.UpperMS:
				return -1
			}
			return 0
		})
		if found {
			bins[i].Count++
		}
	}
	return bins
}
