package roster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
	"vmmp/pkg/source"
)

// platform is a place of a test's own.
type platform struct {
	source.Source
	mu       sync.Mutex
	vms      []source.VM
	observed []string // names, in their order
	broken   error
	opened   int
	ends     chan source.Ended
	deaf     bool
}

func (p *platform) open(context.Context) (source.Source, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.opened++
	return p, p.broken
}

func (p *platform) List(context.Context) ([]source.VM, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.vms), p.broken
}

func (p *platform) Observe(_ context.Context, vm source.VM, _ source.Ask) (source.Observation, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.observed = append(p.observed, vm.Name)
	if vm.Name == "vanishes" {
		return source.Observation{}, source.ErrGone
	}
	o := source.Observed(vm, time.Now())
	o.Tell(migration.CPULoad, float64(len(p.observed)), "test", time.Now())
	return o, nil
}

func (p *platform) Watch(ctx context.Context, ended func(source.Ended)) error {
	if p.deaf {
		return source.ErrUnsupported
	}
	for {
		select {
		case e := <-p.ends:
			ended(e)
		case <-ctx.Done():
			return nil
		}
	}
}

func (p *platform) Close() error { return nil }

// seen returns the names of what was observed, and how often the place was opened.
func (p *platform) seen() ([]string, int) {
	synctest.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.observed), p.opened
}

// set lists other VMs from now on.
func (p *platform) set(vms ...source.VM) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.vms = vms
}

func vm(name string) source.VM { return source.VM{ID: "id-" + name, Name: name, State: source.Running} }

// predicted is what is predicted of a CPU load.
func predicted(x migration.Features) prediction.Prediction {
	return prediction.Prediction{PredictedDowntime: 10 * x.Get(migration.CPULoad)}
}

// kept runs a roster of a platform while the test goes on in time of its own.
func keeping(t *testing.T, p *platform, place Place, test func(r *Roster, heard func() []Ended)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var all []Ended
		p.ends = make(chan source.Ended)
		place.Name, place.Open = "here", p.open
		r := New(Options{
			Places: []Place{place}, Predict: predicted, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
			Ended: func(_ context.Context, e Ended) {
				mu.Lock()
				defer mu.Unlock()
				all = append(all, e)
			},
		})
		ctx, stop := context.WithCancel(t.Context())
		var run sync.WaitGroup
		run.Go(func() { r.Run(ctx) })
		synctest.Wait()
		test(r, func() []Ended {
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			return slices.Clone(all)
		})
		stop()
		run.Wait()
	})
}

func names(entries []Entry) string {
	var all []string
	for _, e := range entries {
		all = append(all, e.VM.Name)
	}
	return strings.Join(all, " ")
}

func TestRosterFollowsItsPlace(t *testing.T) {
	p := &platform{vms: []source.VM{vm("web"), vm("db"), {ID: "id-off", Name: "off", State: source.Stopped}}}
	keeping(t, p, Place{}, func(r *Roster, _ func() []Ended) {
		if got := names(r.All()); got != "db off web" {
			t.Errorf("listed are %s", got)
		}
		web := r.Find("web")
		if len(web) != 1 || web[0].Prediction.PredictedDowntime <= 0 || !web[0].Observed() {
			t.Fatalf("web is %+v", web)
		}
		if off := r.Find("id-off"); len(off) != 1 || off[0].Observed() {
			t.Errorf("what does not run is %+v", off)
		}
		first := web[0].Observation.At
		p.set(vm("web"), vm("new"))
		time.Sleep(61 * time.Second)
		synctest.Wait()
		if got := names(r.All()); got != "new web" {
			t.Errorf("a minute later %s are listed", got)
		}
		if again := r.Find("web")[0]; !again.Observation.At.After(first) {
			t.Errorf("observed at %v, first at %v", again.Observation.At, first)
		}
	})
}

// A large place is asked no more than it was allowed, and every VM has its turn.
func TestEveryVMHasItsTurn(t *testing.T) {
	p := &platform{}
	for i := range 25 {
		p.vms = append(p.vms, vm(fmt.Sprintf("vm-%02d", i)))
	}
	keeping(t, p, Place{Most: 10}, func(_ *Roster, _ func() []Ended) {
		for look := 1; look <= 3; look++ {
			if all, _ := p.seen(); len(all) != 10*look {
				t.Errorf("after %d looks %d were observed", look, len(all))
			}
			time.Sleep(time.Minute)
		}
		seen := map[string]int{}
		all, _ := p.seen()
		for _, name := range all[:30] {
			seen[name]++
		}
		if len(seen) != 25 {
			t.Errorf("%d of 25 had their turn", len(seen))
		}
	})
}

// What is handed on with an outcome was known before: what a VM tells while it is migrated is not.
func TestOutcomesComeWithWhatWasKnownBefore(t *testing.T) {
	p := &platform{vms: []source.VM{vm("web"), vm("db")}}
	keeping(t, p, Place{Site: "cluster-1"}, func(r *Roster, heard func() []Ended) {
		before := r.Find("web")[0]
		moving := vm("web")
		moving.State = source.Migrating
		p.set(moving, vm("db"))
		time.Sleep(2 * time.Minute)
		began := time.Now().Add(-time.Minute)
		p.set(vm("db"))
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if got := names(r.All()); got != "db" {
			t.Fatalf("listed are %s", got)
		}
		o := migration.UnknownOutcome()
		o.DowntimeMS, o.Status = 42, migration.Completed
		record := migration.Record{Outcome: o, Source: migration.SourceLibvirt}
		record.Features.Set(migration.DowntimeLimitMS, 300)
		p.ends <- source.Ended{VM: moving, Record: record, Began: began}
		p.ends <- source.Ended{VM: vm("stranger"), Record: record}
		all := heard()
		if len(all) != 2 || all[0].Before == nil || all[1].Before != nil {
			t.Fatalf("heard %+v", all)
		}
		got := all[0]
		if got.Before.Prediction.PredictedDowntime != before.Prediction.PredictedDowntime || got.Record.Group != "web" || got.Record.Site != "cluster-1" || got.Place != "here" {
			t.Errorf("heard %+v, before it was %+v", got, before)
		}
		if x := got.Record.Features; x.Get(migration.CPULoad) != before.Observation.Features.Get(migration.CPULoad) ||
			x.Get(migration.DowntimeLimitMS) != 300 {
			t.Errorf("features %v", x)
		}
		time.Sleep(20 * time.Minute)
		p.ends <- source.Ended{VM: moving, Record: record}
		if all := heard(); all[2].Before != nil {
			t.Errorf("what has long gone is remembered: %+v", all[2].Before)
		}
	})
}

// What was observed only after the migration began is not what was known before.
func TestNothingKnownAfterwardsCounts(t *testing.T) {
	p := &platform{vms: []source.VM{vm("web")}}
	keeping(t, p, Place{}, func(r *Roster, heard func() []Ended) {
		p.ends <- source.Ended{VM: vm("web"), Began: r.Find("web")[0].Observation.At.Add(-time.Second)}
		if all := heard(); all[0].Before != nil {
			t.Errorf("before is %+v", all[0].Before)
		}
	})
}

func TestAVMThatTellsNothingFailsAlone(t *testing.T) {
	p := &platform{vms: []source.VM{vm("vanishes"), vm("web")}}
	keeping(t, p, Place{}, func(r *Roster, _ func() []Ended) {
		if e := r.Find("vanishes"); !errors.Is(e[0].Err, source.ErrGone) || e[0].Observed() {
			t.Errorf("%+v", e)
		}
		if e := r.Find("web"); e[0].Err != nil || !e[0].Observed() {
			t.Errorf("%+v", e)
		}
	})
}

// A place that fails is opened again, later and later.
func TestAPlaceThatFailsIsOpenedAgain(t *testing.T) {
	p := &platform{broken: errors.New("no route"), deaf: true, vms: []source.VM{vm("web")}}
	keeping(t, p, Place{}, func(r *Roster, _ func() []Ended) {
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if _, opened := p.seen(); opened < 10 || opened > 20 {
			t.Errorf("opened %d times in ten minutes", opened)
		}
		p.mu.Lock()
		p.broken = nil
		p.mu.Unlock()
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if len(r.Find("web")) != 1 {
			t.Error("the place is back, and its VM is not known")
		}
		_, opened := p.seen()
		time.Sleep(10 * time.Minute)
		if _, again := p.seen(); again != opened {
			t.Errorf("a place that does not tell of migrations was opened %d times more", again-opened)
		}
	})
}
