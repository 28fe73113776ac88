package train

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/model"
	"vmmp/pkg/model/internal/estimate"
	"vmmp/pkg/precopy"
	"vmmp/pkg/prediction"
)

// Train returns a model that has learned from examples. Rows teach what they know: the downtime and the total time
// where pre-copy switched over by itself, convergence wherever a status tells. Migrations that really happened and
// simulated ones teach an expert each, where there are enough of them; few outcomes of a site correct a prior. Errors
// are ErrNoDowntime, ErrFewRows, and those of ctx.
func Train(ctx context.Context, examples []Example, o Options) (*model.Model, error) {
	l, err := train(ctx, examples, o)
	if err != nil {
		return nil, err
	}
	return model.New(l.experts, l.provenance)
}

// A fittedModel is what becomes a model.
type fittedModel struct {
	experts    estimate.Experts
	provenance model.Provenance
	outOfBag   map[evaluate.Target]*evaluate.Metrics // of the main expert
}

func train(ctx context.Context, examples []Example, o Options) (*fittedModel, error) {
	if o.Trees == 0 {
		o.Trees = defaultTrees
	}
	if o.Mode != "" && !slices.Contains(estimate.Modes, o.Mode) {
		panic("train: unknown mode " + string(o.Mode))
	}
	l := &fittedModel{}
	l.provenance.Settings = model.Settings{Trees: o.Trees, Seed: o.Seed, Mode: o.Mode}
	l.provenance.Rows = countRows(examples)
	doubted, schema := unknownSigma, []estimate.FieldRange(nil)
	simulated := func(e Example) bool { return e.origin() == estimate.FromSimulation }
	if o.Prior != nil && !slices.ContainsFunc(examples, simulated) {
		doubted, schema = l.takePrior(o.Prior)
	}
	if err := enough(examples); err != nil && (l.experts.Prior == nil || errors.Is(err, ErrNoDowntime)) {
		return nil, err
	}
	if err := ctx.Err(); err != nil { // before the physics of every row is computed
		return nil, fmt.Errorf("train: %w", err)
	}
	site, drawn := byDomain(examples, l.experts.Prior != nil)
	own := estimate.FromSite
	if len(site) == 0 {
		own = estimate.FromOutcome
	}
	l.experts.Schema = rangesOf(schema, examples, own)
	for _, domain := range []struct {
		of       prediction.Support
		expert   **estimate.Expert
		examples []Example
	}{{prediction.Site, &l.experts.Site, site}, {prediction.Simulated, &l.experts.Prior, drawn}} {
		if len(domain.examples) == 0 {
			continue
		}
		place := precopy.Typical
		if domain.of == prediction.Site {
			place = estimate.PlaceOf(outcomesOf(domain.examples))
		}
		t, err := fitExpert(ctx, place, domain.examples, o)
		if err != nil {
			return nil, err
		}
		*domain.expert = t.expert
		for _, mode := range t.modes {
			mode.Domain = domain.of
			l.provenance.Modes = append(l.provenance.Modes, mode)
		}
		if t.expert == l.experts.Main() {
			l.outOfBag = t.outOfBag
		}
	}
	l.experts.Correction = learnCorrection(&l.experts, examples, doubted)
	l.experts.Rows = downtimesOf(site)
	return l, nil
}

// takePrior makes the prior of a model that was trained before answer beside what is learned of the site, and returns
// what it doubts of an unknown site, and its ranges.
func (l *fittedModel) takePrior(m *model.Model) (doubted float64, schema []estimate.FieldRange) {
	es := m.Experts()
	l.experts.Prior, l.provenance.Prior = es.Prior, m.ID()
	return es.Correction.Doubt(), es.PriorSchema()
}

// byDomain divides examples into those of the site and simulated ones, and leaves out those of other sites. Where those
// of the site are too few for an expert, they only correct the prior, simulated or trained before; where simulated ones
// are, all are the site's.
func byDomain(examples []Example, prior bool) (site, simulated []Example) {
	for i := range examples {
		switch e := &examples[i]; e.origin() {
		case estimate.FromSite:
			site = append(site, *e)
		case estimate.FromSimulation:
			simulated = append(simulated, *e)
		}
	}
	switch {
	case prior && enough(site) != nil:
		return nil, nil
	case len(simulated) == 0 || len(site) == 0:
		return site, simulated
	case enough(site) != nil:
		return nil, simulated
	case enough(simulated) != nil:
		return slices.Concat(site, simulated), nil
	}
	return site, simulated
}

// enough refuses examples that nothing can be learned from, or nothing tested on.
func enough(examples []Example) error {
	n, groups := 0, map[int]bool{}
	for i, group := range groupNumbers(examples) {
		if _, ok := downtimeMS(examples[i].Outcome); ok && examples[i].origin() != estimate.FromOthers {
			n++
			groups[group] = true
		}
	}
	switch {
	case n == 0:
		return fmt.Errorf("%w: training needs the column downtime_ms, and status completed where there is a status",
			ErrNoDowntime)
	case n < fewestExamples:
		return fmt.Errorf("%w: %d have a downtime, at least %d are needed", ErrFewRows, n, fewestExamples)
	case len(groups) < 2:
		return fmt.Errorf("%w: all %d that have a downtime are of one group, so that nothing can be tested on unseen ones; "+
			"record other VMs too, or leave the group out",
			ErrFewRows, n)
	}
	return nil
}

// downtimesOf counts the migrations of the site that tell a downtime.
func downtimesOf(examples []Example) int {
	n := 0
	for i := range examples {
		if _, ok := downtimeMS(examples[i].Outcome); ok && examples[i].origin() == estimate.FromSite {
			n++
		}
	}
	return n
}

// countRows counts the examples by what they teach.
func countRows(examples []Example) model.ProvenanceCount {
	n := model.ProvenanceCount{Train: len(examples)}
	for i := range examples {
		if examples[i].origin() != estimate.FromSimulation {
			n.Measured++
		}
		if examples[i].Outcome.SwitchedOver() {
			n.Converged++
		}
	}
	return n
}
