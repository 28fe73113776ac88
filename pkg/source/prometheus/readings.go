package prometheus

import (
	"context"
	"fmt"
	"strings"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/source/internal/webapi"
)

// readings is what the server tells of the features of one VM or of all.
type readings struct {
	bulk          bool
	features      map[migration.Feature]reading
	texts         map[migration.Feature]string // the queries as they were asked
	unmovable     reading
	unmovableText string
	warnings      []string
}

// read asks for every feature, as of one moment of the server's clock. A query that is refused, or not answered in
// time, costs its feature; the error is that of a server that answers nothing.
func (s *Source) read(ctx context.Context, chosen choice, at time.Time) (*readings, error) {
	r := &readings{
		bulk: chosen.vm == nil, features: map[migration.Feature]reading{}, texts: map[migration.Feature]string{},
	}
	ages := map[migration.Feature]string{}
	asked := &round{source: s, at: at}
	for f, q := range s.mapping.features {
		r.texts[f], ages[f] = q.text.fill(q.labels, chosen), ageQuery(q, chosen)
		asked.want(r.texts[f])
		asked.want(ages[f])
	}
	q := s.mapping.unmovable
	r.unmovableText = q.text.fill(q.labels, chosen)
	asked.want(r.unmovableText)
	if err := asked.run(ctx); err != nil {
		return nil, err
	}
	for f, q := range s.mapping.features {
		r.features[f] = asked.reading(q, r.texts[f], ages[f])
	}
	r.unmovable = asked.reading(q, r.unmovableText, "")
	r.warnings = asked.warnings
	return r, nil
}

// ageQuery returns the query of when the newest of a query's samples was taken; empty where that does not matter.
func ageQuery(q query, chosen choice) string {
	if q.series == "" {
		return ""
	}
	by := labels{q.labels.namespace, q.labels.name, q.labels.host, ""}
	if q.perHost {
		by = labels{host: q.labels.host}
	}
	return fmt.Sprintf("max by (%s) (timestamp(%s))", strings.Join(by.names(), ", "), q.series.fill(q.labels, chosen))
}

// notes returns what holds of all VMs: the server's clock and its warnings, and queries that it did not answer.
func (r *readings) notes(all listing) []string {
	var notes []string
	if all.ahead.Abs() > time.Minute {
		notes = append(notes, fmt.Sprintf("the server's clock is %v %s this one's: ages are by its own",
			all.ahead.Abs().Round(time.Second), map[bool]string{true: "ahead of", false: "behind"}[all.ahead > 0]))
	}
	for f := range migration.Everything.All() {
		if one, ok := r.features[f]; ok && one.err != nil {
			notes = append(notes, fmt.Sprintf("%v is unknown: %v", f, one.err))
		}
	}
	for _, w := range r.warnings {
		notes = append(notes, "the server warns: "+webapi.OneLine(w))
	}
	return notes
}

// silent returns a note of each feature that is told of no VM at all.
func (r *readings) silent() []string {
	var notes []string
	for f := range migration.Everything.All() {
		if one, ok := r.features[f]; ok && one.err == nil && len(one.values) == 0 {
			notes = append(notes, fmt.Sprintf("%v is unknown of every VM: the server has no value for %s; "+
				"if the metric has another name there, say so in a mapping of your own", f, r.texts[f]))
		}
	}
	return notes
}
