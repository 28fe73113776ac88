package model

import (
	"context"

	"vmmp/forest"
	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
)

// expert is what was learned of the migrations of one world: of those that really
// happened, or of simulated ones. What one world calls a large error the other
// hardly knows, so that each has forests and calibrations of its own.
type expert struct {
	downtime, total regressor
	converge        classifier
	widths          widths
	usual           migration.Set // features that nine in ten of its training rows knew
}

// newExpert learns from the examples of one world. It answers how physics and
// forest came to work together.
func newExpert(ctx context.Context, examples []Example, o Options) (*expert, []ModeChoice, error) {
	d := newDesign(examples, copiesFor(len(examples)), o.Seed)
	e := &expert{usual: d.usual}
	e.downtime.target, e.total.target = evaluate.Downtime, evaluate.TotalTime
	var modes []ModeChoice
	for _, q := range []struct {
		regressor *regressor
		quantity  func(migration.Outcome) (float64, bool)
	}{{&e.downtime, downtimeMS}, {&e.total, totalTimeMS}} {
		rows := d.where(q.quantity)
		if len(rows.y) == 0 {
			continue
		}
		choice, w, err := q.regressor.learn(ctx, rows, o)
		if err != nil {
			return nil, nil, err
		}
		modes = append(modes, choice)
		if q.regressor == &e.downtime {
			e.widths = w
		}
	}
	verdicts := d.where(switchedOver)
	config := o.forest("convergence", len(verdicts.y))
	config.MinLeaf, config.LeafSamples = max(verdictRows, config.MinLeaf), -1
	return e, modes, e.converge.fit(ctx, verdicts, config)
}

// learn chooses the mode of the regressor, grows and calibrates it.
func (r *regressor) learn(ctx context.Context, rows part, o Options) (ModeChoice, widths, error) {
	choice, err := chooseMode(ctx, r.target, rows, o)
	if err != nil {
		return choice, widths{}, err
	}
	var trainings []training
	for side := range r.learners {
		l := &r.learners[side]
		*l = learner{target: r.target, mode: choice.Chosen}
		own := rows.onSide(side)
		if len(own.y) == 0 {
			continue
		}
		t, err := l.train(ctx, own, o)
		if err != nil {
			return choice, widths{}, err
		}
		trainings = append(trainings, t)
	}
	return choice, r.calibrate(trainings), nil
}

// train grows the learner's forest and prepares it for calibration.
func (l *learner) train(ctx context.Context, rows part, o Options) (training, error) {
	config := o.forest(targetName(l.target), len(rows.y))
	if l.target == evaluate.TotalTime {
		config.LeafSamples = totalSamples
	}
	data, err := l.fit(ctx, rows, config)
	if err != nil {
		return training{}, err
	}
	return newTraining(l, rows, data, o.Seed)
}

// asks is what the expert is asked of a VM: its row of columns, in the asker's
// buffers, and what leads to it.
func (e *expert) asks(b *buffers, x migration.Features) (physics, class) {
	p := analyse(x)
	b.row = vector(b.row[:0], x, &p)
	return p, classOf(x.Known(), e.usual, &p)
}

// regressor is the expert's for a quantity.
func (e *expert) regressor(t evaluate.Target) *regressor {
	if t == evaluate.TotalTime {
		return &e.total
	}
	return &e.downtime
}

// convergence is the probability of switching over, and nothing else.
func (e *expert) convergence(b *buffers, x migration.Features) float64 {
	_, c := e.asks(b, x)
	return e.converge.probability(b.row, c)
}

// logDowntime is the predicted downtime as a logarithm, and nothing else.
func (e *expert) logDowntime(b *buffers, x migration.Features) float64 {
	p, _ := e.asks(b, x)
	return e.downtime.mean(b.row, &p)
}

// forests are the expert's forests in the order of the file.
func (e *expert) forests() []**forest.Forest {
	d, t := &e.downtime.learners, &e.total.learners
	return []**forest.Forest{&d[0].forest, &d[1].forest, &t[0].forest, &t[1].forest, &e.converge.forest}
}
