package cmd

import (
	"context"
	"fmt"

	"vmmp/cmd/internal/page"
	"vmmp/cmd/internal/simulation"
	"vmmp/pkg/migration"
	"vmmp/pkg/simulate"
)

// reportFleet migrates a made-up fleet and tells its distribution.
func (o *simulateFlags) reportFleet(ctx context.Context, e *env, p simulate.Predictor) error {
	x := o.request.Given
	for f := range (x.Known() &^ migration.Of(migration.NetworkBandwidth)).All() {
		return usage(fmt.Errorf("--%s: the VMs of --fleet are made up; only --net, the link of --evacuate, can be given",
			f.Definition().Flag))
	}
	r := simulate.FleetRequest{
		Count: o.request.Count, Evacuees: min(o.modes.evacuate, o.request.Count),
		LinkMbps: simulate.EvacuationMbps, Seed: o.request.Seed,
	}
	if x.Known().Has(migration.NetworkBandwidth) {
		r.LinkMbps = x.Get(migration.NetworkBandwidth)
	}
	report, err := simulate.RunFleet(ctx, p, r)
	if err != nil {
		return requestFault(err)
	}
	if o.output.form == "json" {
		return e.writeJSON(report)
	}
	return e.writePage(func(t *page.Page) { simulation.Fleet(t, &report) })
}
