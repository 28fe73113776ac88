package cmd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vmmp/cmd/internal/page"
	"vmmp/cmd/internal/render"
	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/prediction"
	"vmmp/pkg/source"
)

// runPredictVM answers for one VM of a place.
func runPredictVM(ctx context.Context, e *env, flags predictFlags) error {
	if err := checkOutput(flags.output, "text", "json"); err != nil {
		return err
	}
	given, faults := flags.features.parse()
	if err := usage(faults.Err()); err != nil {
		return err
	}
	o, err := flags.observe(ctx)
	if err != nil {
		return err
	}
	m, err := flags.loadModel(ctx, e)
	if err != nil {
		return err
	}
	v := render.VM{Observation: o}
	v.Features, v.Prediction = flags.answer(m, given, o)
	if flags.output == "json" {
		err = e.writeJSON(v)
	} else {
		err = e.writePage(func(t *page.Page) { render.ObservedVM(t, &v) })
	}
	if err != nil {
		return err
	}
	return flags.verdict(v.Prediction)
}

// observe asks the place for the VM that was named.
func (f predictFlags) observe(ctx context.Context) (source.Observation, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, f.place.timeout, f.place.late())
	defer cancel()
	place, err := f.place.open(ctx)
	if err != nil {
		return source.Observation{}, placeFault(ctx, err)
	}
	defer place.Close() //nolint:errcheck // it has been read from only
	vm, err := f.find(ctx, place)
	if err != nil {
		return source.Observation{}, placeFault(ctx, err)
	}
	o, err := place.Observe(ctx, vm, f.ask())
	return o, placeFault(ctx, err)
}

// find returns the VM that was named, or the only one there is.
func (f predictFlags) find(ctx context.Context, place source.Source) (source.VM, error) {
	if f.vm != "" {
		return source.Find(ctx, place, f.vm)
	}
	vms, err := place.List(ctx)
	if err == nil && len(vms) != 1 {
		err = fmt.Errorf("%w alone: there are %d; name one", source.ErrUnknownVM, len(vms))
	}
	if err != nil {
		return source.VM{}, err
	}
	return vms[0], nil
}

// placeFault makes an error of a question that a place cannot answer one of usage, and says of a place that was given
// up what to do.
func placeFault(ctx context.Context, err error) error {
	for _, e := range []error{source.ErrUnknownVM, source.ErrGone, source.ErrUnsupported} {
		if errors.Is(err, e) {
			return usage(err)
		}
	}
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() != nil {
		return fmt.Errorf("%w (%w)", context.Cause(ctx), err)
	}
	return err
}

// ask returns what may be measured.
func (f predictFlags) ask() source.Ask {
	return source.Ask{DirtyRate: !f.quick, Curve: f.curve, To: f.to}
}

// answer returns what is known of a VM, where what was given by hand outweighs what its place told, and what is
// predicted of it.
func (f predictFlags) answer(
	m *model.Model, given migration.Features, o source.Observation,
) (migration.Features, prediction.Prediction) {
	x := given.Or(o.Features)
	if o.Unmovable != "" {
		x.Set(migration.Migratable, 0)
	}
	p := m.Predict(x, model.Options{
		Explain: f.explain, Within: f.maxDowntime, Measured: o.Features.Known() &^ given.Known(),
	})
	if o.Unmovable != "" {
		p.Warnings = append([]string{"cannot be migrated live: " + o.Unmovable}, p.Warnings...)
	}
	for _, fault := range x.Contradictions() {
		p.Warnings = append(p.Warnings, fault.Location+" "+fault.Message)
	}
	return x, p
}

// late returns why a place is given up.
func (f *placeFlags) late() error {
	return fmt.Errorf("%s did not answer within %v: is it there and not held by another program? "+
		"--place-timeout allows more", f.flags()[0], f.timeout.Round(time.Millisecond))
}
