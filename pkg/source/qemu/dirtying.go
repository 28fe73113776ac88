package qemu

import (
	"context"
	"errors"
	"fmt"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/qmp"
	"vmmp/pkg/qmp/query"
	"vmmp/pkg/source"
)

// curveWindows are the windows over which a dirty curve is measured.
var curveWindows = []time.Duration{100 * time.Millisecond, 300 * time.Millisecond, time.Second, 3 * time.Second}

// dirtying measures what the guest dirties, as far as that is asked for and disturbs nobody.
func (o *observer) dirtying(ctx context.Context, ask source.Ask) error {
	if !ask.DirtyRate && !ask.Curve || o.vm.State == source.Paused {
		return nil
	}
	if !o.q.Version().AtLeast(5, 2) {
		o.note("what the guest dirties is not known: QEMU %s cannot measure it, 5.2 and newer can", o.q.Version())
		return nil
	}
	m := o.meter()
	windows := []time.Duration{time.Second}
	if ask.Curve {
		windows = curveWindows
		if m.WholeSeconds {
			windows = curveWindows[2:]
			o.note("the dirty curve has no windows below a second: QEMU %s takes whole ones, 8.2 and newer take shorter",
				o.q.Version())
		}
	}
	var curve []migration.Point
	for _, w := range windows {
		mib, at, err := o.dirtied(ctx, &m, w)
		if err != nil {
			return o.unmeasured(err)
		}
		if n := len(curve); n > 0 { // what is dirty after a time is so after a longer one
			mib = max(mib, curve[n-1].MiB)
		}
		curve = append(curve, migration.Point{Seconds: w.Seconds(), MiB: mib})
		if w == time.Second {
			o.knowAt(migration.DirtyRate, mib, from(m)+" over 1 s", at)
		}
		if ask.Curve {
			o.facts = append(o.facts, fact{feature: migration.DirtyCurve, points: curve, from: from(m), at: at})
		}
	}
	return nil
}

func from(w query.Window) string {
	if w.Mode == "" {
		return "calc-dirty-rate"
	}
	return "calc-dirty-rate, " + w.Mode
}

// meter returns how this QEMU measures best: all pages where KVM logs them, else as large a sample as costs about as
// much as one of a guest of 4 GiB.
func (o *observer) meter() query.Window {
	const sampled, least = 4 * query.MaxSamplePages, 512
	v := o.q.Version()
	w := query.Window{WholeSeconds: !v.AtLeast(8, 2)}
	if v.AtLeast(6, 1) {
		w.Mode = query.PageSampling
	}
	if v.AtLeast(6, 1) && o.memoryMiB > 0 {
		w.SamplePages = min(query.MaxSamplePages, max(least, int(sampled*1024/o.memoryMiB)))
	}
	if o.kvm && v.AtLeast(6, 2) {
		w.Mode = query.DirtyBitmap
	}
	return w
}

// errMigrating is the error of a VM that must not be measured now.
var errMigrating = errors.New("the VM is being migrated, and measuring would disturb that")

// dirtied measures one window, and tells when. Where QEMU refuses to log all pages, as with a dirty ring, it samples
// from then on.
func (o *observer) dirtied(ctx context.Context, w *query.Window, length time.Duration) (float64, time.Time, error) {
	w.Length = length
	now, err := query.Migrate(ctx, o.q)
	if err != nil {
		return 0, time.Time{}, err
	}
	if now.Active() {
		return 0, time.Time{}, errMigrating
	}
	mib, err := o.possible(ctx, *w)
	if refusal, ok := errors.AsType[*qmp.Error](err); ok && w.Mode == query.DirtyBitmap {
		o.note("what the guest dirties is measured by a sample of its pages: QEMU refuses %s: %s",
			query.DirtyBitmap, refusal.Desc)
		w.Mode = query.PageSampling
		mib, err = o.possible(ctx, *w)
	}
	return mib, time.Now(), err
}

// errImpossible is the error of more that is dirtied than there is.
var errImpossible = errors.New("QEMU tells of more than there is RAM, as while the guest boots")

// possible measures a window once more where more is dirtied than there is: KVM's log begins with all pages wherever
// memory was mapped anew, as firmware does.
func (o *observer) possible(ctx context.Context, w query.Window) (float64, error) {
	for range 2 {
		mib, err := w.Measure(ctx, o.q)
		if err != nil || o.memoryMiB == 0 || mib <= o.memoryMiB {
			return mib, err
		}
	}
	return 0, errImpossible
}

// unmeasured notes why dirtying was not measured; an error that ends everything is returned.
func (o *observer) unmeasured(err error) error {
	refusal, refused := errors.AsType[*qmp.Error](err)
	switch {
	case errors.Is(err, errMigrating), errors.Is(err, errImpossible):
		o.note("what the guest dirties was not measured: %v", err)
	case refused:
		o.note("what the guest dirties was not measured: QEMU refuses: %s", refusal.Desc)
	case errors.Is(err, query.ErrGivenUp):
		o.note("what the guest dirties was not measured: %v", err)
	default:
		return fmt.Errorf("measure what the guest dirties: %w", err)
	}
	return nil
}
