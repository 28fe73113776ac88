package simulation

import (
	"fmt"
	"strings"

	"vmmp/cmd/internal/humanize"
	"vmmp/cmd/internal/page"
	"vmmp/cmd/internal/render"
	"vmmp/pkg/migration"
	"vmmp/pkg/simulate"
)

// mostRuns bounds the migrations that a page lists.
const mostRuns = 20

// Page writes what was known of one virtual machine, what was predicted and what happened; given is what no machine
// was asked.
func Page(t *page.Page, given migration.Features, r *simulate.Result) {
	first := &r.Simulations[0] // all are of the same VM
	writeFeatures(t, "Measured here", first.Features.Only(first.Features.Known()&^given.Known()))
	writeFeatures(t, "Given", given)
	t.Line("Seed", fmt.Sprint(r.Seed))
	t.Section("Predicted")
	render.Prediction(t, first.Features, first.Prediction)
	writeRuns(t, r.Simulations)
	if r.Count > 1 {
		writeSummary(t, r.Summary)
	}
}

// writeFeatures lists features with their values, nothing where none is known.
func writeFeatures(t *page.Page, label string, x migration.Features) {
	var values []string
	for f := range x.Known().All() {
		values = append(values, strings.TrimSpace(f.String()+" "+humanize.Value(x, f)+" "+humanize.Unit(f)))
	}
	if len(values) > 0 {
		t.Line(label, strings.Join(values, ", "))
	}
}

// writeRuns lists the migrations.
func writeRuns(t *page.Page, all []simulate.Migration) {
	t.Section("Simulated")
	fmt.Fprintf(t, "  %5s%12s%12s%8s%12s  %s\n", "", "downtime", "total time", "rounds", "sent MiB", "prediction")
	for i := range all[:min(mostRuns, len(all))] {
		o := &all[i].Outcome
		fmt.Fprintf(t, "  %5d%12s%12s%8s%12s  %s\n", i+1,
			orDash(o.DowntimeMS, humanize.Milliseconds), orDash(o.TotalTimeMS, humanize.Duration),
			orDash(o.Rounds, whole), orDash(o.TransferredMiB, whole), verdict(t, &all[i]))
	}
	if rest := len(all) - mostRuns; rest > 0 {
		fmt.Fprintf(t, "  and %d more, which -o ndjson and -o csv write out\n", rest)
	}
}
