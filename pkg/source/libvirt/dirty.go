package libvirt

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	golibvirt "github.com/digitalocean/go-libvirt"

	"vmmp/pkg/migration"
	"vmmp/pkg/source"
)

const (
	// measuredAtOnce bounds how many domains are measured side by side. For libvirt QEMU looks at 2 MiB of each GiB, or
	// has KVM count writes, so that those of most hosts may be measured in the same second.
	measuredAtOnce = 64
	// dirtyPatience is how long beyond its window a measurement may take.
	dirtyPatience = 5 * time.Second
	// pollEvery is how often a measurement is asked for that should be there.
	pollEvery = 50 * time.Millisecond
	// samplePages is how many pages of each GiB are looked at: as many as QEMU takes, in a guest of a few GiB; in a
	// larger one fewer, since all are looked at twice.
	samplePages, mostSamplePages, leastSamplePages = 16384, 262144, 512
)

// curveWindows are those of the dirty curve: rounds of a migration are rarely longer.
var curveWindows = []time.Duration{100 * time.Millisecond, 300 * time.Millisecond, time.Second, 3 * time.Second}

// dirtying is what was measured of how a guest dirties its memory.
type dirtying struct {
	rate   float64 // MiB/s over one second
	rateAt time.Time
	points []migration.Point
	at     time.Time
	from   string // empty where nothing was measured
}

// tell tells what was measured.
func (d dirtying) tell(o *source.Observation) {
	if d.from == "" {
		return
	}
	o.Tell(migration.DirtyRate, d.rate, d.from, d.rateAt)
	o.TellCurve(d.points, d.from, d.at)
}

var errMigrating = errors.New("the domain is being migrated, which a measurement would disturb")

// measure measures what the ask says, where that is permitted and disturbs no migration.
func (s *subject) measure(ctx context.Context, c *client, ask source.Ask) {
	if !ask.DirtyRate && !ask.Curve || c.readOnly {
		return // the observation's notes say of a connection that only reads what it lacks
	}
	err := s.mayMeasure(ctx, c)
	if err == nil && ask.Curve {
		err = s.measureCurve(ctx, c)
		if err != nil && s.mayMeasure(ctx, c) == nil {
			s.note("its dirty curve was not measured, but its rate", err)
			err = s.measureRate(ctx, c)
		}
	} else if err == nil {
		err = s.measureRate(ctx, c)
	}
	s.note("its dirty rate was not measured", err)
}

// mayMeasure returns why the domain must not be measured now.
func (s *subject) mayMeasure(ctx context.Context, c *client) error {
	job, err := c.job(ctx, s.domain)
	if err != nil {
		return err
	}
	switch s.job = job; s.first.state(job) {
	case source.Migrating:
		return errMigrating
	case source.Paused:
		return errors.New("it is paused")
	}
	return nil
}

// exactly reports whether every page that the guest dirties can be counted.
func (s *subject) exactly() bool { return s.definition != nil && s.definition.countsWrites() }

// measureRate measures over one second, exactly where that can be.
func (s *subject) measureRate(ctx context.Context, c *client) error {
	const seconds = 1
	start := func(mode golibvirt.DomainDirtyRateCalcFlags) error {
		_, err := patiently(ctx, c, func() (struct{}, error) {
			return struct{}{}, c.DomainStartDirtyRateCalc(s.domain, seconds, uint32(mode))
		})
		return err
	}
	err := errors.ErrUnsupported
	if s.exactly() {
		err = start(golibvirt.DomainDirtyrateModeDirtyBitmap)
	}
	if err != nil && ctx.Err() == nil {
		err = start(golibvirt.DomainDirtyrateModePageSampling)
	}
	if err != nil {
		return err
	}
	return finish(ctx, seconds*time.Second, func(ctx context.Context) (bool, error) {
		samples, err := c.samples(ctx, []golibvirt.Domain{s.domain}, golibvirt.DomainStatsDirtyrate)
		if err != nil {
			return false, err
		}
		if len(samples) == 0 {
			return false, source.ErrGone
		}
		stats := samples[0].stats
		if stats["dirtyrate.calc_status"] != float64(golibvirt.DomainDirtyrateMeasured) {
			return false, nil // nor is it an earlier measurement's, which the start of this one has ended
		}
		now := time.Now()
		s.dirty = dirtying{rate: stats.get("dirtyrate.megabytes_per_second"), rateAt: now, at: now,
			from: "domstats dirtyrate.megabytes_per_second"}
		return true, nil
	})
}

// finish waits for a measurement to end, from the end of its window on.
func finish(ctx context.Context, window time.Duration, ended func(context.Context) (bool, error)) error {
	if err := sleep(ctx, window); err != nil {
		return err
	}
	for deadline := time.Now().Add(dirtyPatience); ; {
		done, err := ended(ctx)
		if done || err != nil {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("QEMU has not finished %v after it should have", dirtyPatience)
		}
		if err := sleep(ctx, pollEvery); err != nil {
			return err
		}
	}
}

// measureCurve measures over windows of the dirty curve, one after the other, through QEMU's monitor, since libvirt
// itself knows whole seconds only.
func (s *subject) measureCurve(ctx context.Context, c *client) error {
	var measured dirtying
	for _, window := range curveWindows {
		if err := s.mayMeasure(ctx, c); err != nil {
			return err
		}
		rate, mode, err := s.measureWindow(ctx, c, window)
		if err != nil {
			return err
		}
		amount := rate * window.Seconds()
		if n := len(measured.points); n > 0 { // what is dirty after a time is so after a longer one
			amount = max(amount, measured.points[n-1].MiB)
		}
		measured.at, measured.from = time.Now(), "monitor calc-dirty-rate ("+mode+")"
		measured.points = append(measured.points, migration.Point{Seconds: window.Seconds(), MiB: amount})
		if window == time.Second {
			measured.rate, measured.rateAt = amount, measured.at
		}
	}
	s.dirty = measured
	return nil
}

// measureWindow measures MiB/s over one window, exactly where that can be.
func (s *subject) measureWindow(ctx context.Context, c *client, window time.Duration) (
	rate float64, mode string, err error) {
	mode = "dirty-bitmap"
	err = errors.ErrUnsupported
	if s.exactly() {
		err = s.monitor(ctx, c, calcDirtyRate(mode, window, 0), nil)
	}
	if err != nil && ctx.Err() == nil {
		mode = "page-sampling"
		err = s.monitor(ctx, c, calcDirtyRate(mode, window, s.samplePages()), nil)
	}
	if err != nil {
		return 0, mode, err
	}
	var told struct {
		Status string  `json:"status"`
		MiBs   float64 `json:"dirty-rate"`
	}
	err = finish(ctx, window, func(ctx context.Context) (bool, error) {
		err := s.monitor(ctx, c, `{"execute": "query-dirty-rate"}`, &told)
		return told.Status == "measured", err
	})
	if err == nil && !(told.MiBs >= 0 && told.MiBs < mostPlausible) {
		return 0, mode, fmt.Errorf("QEMU tells a dirty rate of %g MiB/s", told.MiBs)
	}
	return told.MiBs, mode, err
}

// samplePages returns how many pages of each GiB are to be looked at.
func (s *subject) samplePages() int {
	if s.definition == nil || s.definition.MemoryKiB == 0 {
		return leastSamplePages
	}
	gib := float64(s.definition.MemoryKiB) / (1 << 20)
	return int(max(leastSamplePages, min(samplePages, mostSamplePages/gib)))
}

// calcDirtyRate returns the command that begins a measurement.
func calcDirtyRate(mode string, window time.Duration, pages int) string {
	sample := ""
	if pages > 0 {
		sample = fmt.Sprintf(`, "sample-pages": %d`, pages)
	}
	return fmt.Sprintf(`{"execute": "calc-dirty-rate", "arguments": {"calc-time": %d, "calc-time-unit": "millisecond", `+
		`"mode": %q%s}}`, window.Milliseconds(), mode, sample)
}

// monitor gives QEMU a command of its own protocol and decodes what it returns into answer, unless that is nil.
func (s *subject) monitor(ctx context.Context, c *client, command string, answer any) error {
	text, err := patiently(ctx, c, func() (string, error) { return c.QEMUDomainMonitorCommand(s.domain, command, 0) })
	if err != nil {
		return err
	}
	var reply struct {
		Return json.RawMessage `json:"return"`
		Error  *struct {
			Text string `json:"desc"`
		} `json:"error"`
	}
	if err := json.NewDecoder(strings.NewReader(text)).Decode(&reply); err != nil {
		return fmt.Errorf("read QEMU's answer: %w", err)
	}
	switch {
	case reply.Error != nil:
		return fmt.Errorf("QEMU says: %s", reply.Error.Text)
	case answer == nil:
		return nil
	}
	if err := json.Unmarshal(reply.Return, answer); err != nil {
		return fmt.Errorf("read QEMU's answer: %w", err)
	}
	return nil
}
