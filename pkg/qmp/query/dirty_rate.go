package query

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"
)

// The ways to measure dirtying.
const (
	PageSampling = "page-sampling" // by the checksums of some pages
	DirtyBitmap  = "dirty-bitmap"  // every page, by KVM's log of them
)

// MaxSamplePages is how many pages of each GiB QEMU compares at most to measure dirtying by page sampling.
const MaxSamplePages = 16384

// A Window is a time over which a QEMU measures how much memory its guest dirties.
type Window struct {
	Length      time.Duration // 50 ms to 60 s
	Mode        string        // PageSampling or DirtyBitmap; empty: QEMU's default, the one that old ones have
	SamplePages int           // compared per GiB by PageSampling, 128 to MaxSamplePages; 0: QEMU's default, 512
	// WholeSeconds asks in the words of a QEMU before 8.2, which knows nothing below a second.
	WholeSeconds bool
}

const millisecond = "millisecond"

// begin begins to measure. It returns at once.
func (w Window) begin(ctx context.Context, q Executor) error {
	arguments := map[string]any{"calc-time": w.Length.Milliseconds(), "calc-time-unit": millisecond}
	if w.WholeSeconds {
		arguments = map[string]any{"calc-time": int64(w.Length / time.Second)}
	}
	if w.Mode != "" {
		arguments["mode"] = w.Mode
	}
	if w.SamplePages > 0 && w.Mode != DirtyBitmap {
		arguments["sample-pages"] = w.SamplePages
	}
	return q.Execute(ctx, "calc-dirty-rate", arguments, nil)
}

// ErrGivenUp is wrapped by the error of a measurement that QEMU has given up.
var ErrGivenUp = errors.New("QEMU has given the measurement up")

// pollEvery is how often a measurement is asked for that will be there in a moment.
const pollEvery = 10 * time.Millisecond

// Measure returns how many distinct MiB the guest dirties within the window, once it is over. QEMU tells whole MiB/s,
// rounded down, so that a short window resolves finer. It fails where the guest is being measured by somebody else,
// or the measurement was given up (ErrGivenUp).
func (w Window) Measure(ctx context.Context, q Executor) (float64, error) {
	if err := w.begin(ctx, q); err != nil {
		return 0, err
	}
	if err := sleep(ctx, w.Length); err != nil {
		return 0, err
	}
	for {
		rate, err := w.rate(ctx, q)
		switch {
		case err != nil:
			return 0, err
		case rate.Status == "measured":
			return math.Round(rate.MiBs*w.Length.Seconds()*1000) / 1000, nil
		case rate.Status != "measuring":
			return 0, fmt.Errorf("%w: it is %s", ErrGivenUp, rate.Status)
		}
		if err := sleep(ctx, pollEvery); err != nil {
			return 0, err
		}
	}
}

// dirtyRate is the last measurement.
type dirtyRate struct {
	Status string  `json:"status"`     // unstarted, measuring, measured
	MiBs   float64 `json:"dirty-rate"` // MiB/s, once measured
}

func (w Window) rate(ctx context.Context, q Executor) (dirtyRate, error) {
	if w.WholeSeconds {
		return ask[dirtyRate](ctx, q, "query-dirty-rate", nil)
	}
	return ask[dirtyRate](ctx, q, "query-dirty-rate", map[string]any{"calc-time-unit": millisecond})
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
