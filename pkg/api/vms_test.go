package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"vmmp/pkg/history"
	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
	"vmmp/pkg/roster"
	"vmmp/pkg/source"
)

// platform is a place of three VMs, of which one tells nothing and one does not run, and two with one name.
type platform struct {
	source.Source
	endings chan source.Ended // what it tells of migrations that are over
}

func (platform) List(context.Context) ([]source.VM, error) {
	return []source.VM{
		{ID: "1", Name: "db", Host: "h1", State: source.Running}, {ID: "2", Name: "shy", State: source.Running},
		{ID: "3", Name: "twin", State: source.Stopped}, {ID: "4", Name: "twin", State: source.Stopped},
		{ID: "5", Name: "web-1", State: source.Running},
	}, nil
}

func (platform) Observe(_ context.Context, vm source.VM, _ source.Ask) (source.Observation, error) {
	if vm.Name == "shy" {
		return source.Observation{}, source.ErrDenied
	}
	o := source.Observed(vm, time.Now())
	if vm.Name == "web-1" {
		o.At = o.At.Add(-time.Hour)
	}
	for f, v := range map[migration.Feature]float64{
		migration.CPULoad: 40, migration.MemoryMiB: 4096, migration.ResidentMiB: 2000, migration.DirtyRate: 20,
		migration.NetworkBandwidth: 10000,
	} {
		o.Tell(f, v, "test", o.At)
	}
	if vm.Name == "db" {
		o.Unmovable = "a device that is passed through"
	}
	return o, nil
}

func (p platform) Watch(ctx context.Context, ended func(source.Ended)) error {
	for {
		select {
		case e := <-p.endings:
			ended(e)
		case <-ctx.Done():
			return nil
		}
	}
}

func (platform) Close() error { return nil }

// watching gives a server the platform.
func watching(o *Options) { hearing(make(chan source.Ended))(o) }

// hearing gives a server the platform, which tells of those migrations.
func hearing(endings chan source.Ended) func(*Options) {
	return func(o *Options) {
		o.Places = []roster.Place{{
			Name: "here", Open: func(context.Context) (source.Source, error) { return platform{endings: endings}, nil },
		}}
	}
}

// looked runs the roster of a server until the test ends, and returns the server once every VM has had its turn.
func looked(t testing.TB, s *Server) *Server {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var run sync.WaitGroup
	run.Go(func() { s.roster.Run(ctx) })
	t.Cleanup(func() { stop(); run.Wait() })
	for {
		all := s.roster.All()
		if len(all) == 5 && all[0].Observed() && all[1].Err != nil && all[4].Observed() {
			return s
		}
		time.Sleep(time.Millisecond)
	}
}

// listVMs asks for the VMs.
func listVMs(t *testing.T, s *Server, query string) vms {
	t.Helper()
	got := do(s, "GET", "/vms"+query, "")
	var page vms
	if err := json.Unmarshal(got.Body.Bytes(), &page); got.Code != http.StatusOK || err != nil {
		t.Fatalf("%d %s: %v", got.Code, got.Body, err)
	}
	return page
}

func TestVMsAreListed(t *testing.T) {
	s := looked(t, newServer(t, watching))
	page := listVMs(t, s, "")
	if len(page.VMs) != 5 || page.Next != "" {
		t.Fatalf("%+v", page)
	}
	db, shy, twin, web := page.VMs[0], page.VMs[1], page.VMs[2], page.VMs[4]
	if db.Name != "db" || db.Host != "h1" || db.Place != "here" || db.Unmovable == "" || db.Prediction == nil || db.ObservedAt == nil {
		t.Errorf("%+v", db)
	}
	if shy.Error != source.ErrDenied.Error() || shy.Prediction != nil || shy.ObservedAt != nil {
		t.Errorf("%+v", shy)
	}
	if twin.State != "stopped" || twin.Prediction != nil {
		t.Errorf("%+v", twin)
	}
	if web.Prediction == nil || web.Prediction.PredictedDowntime <= 0 {
		t.Errorf("%+v", web)
	}
}

// Pages hold every VM once, and those of one name on one page.
func TestVMsByPages(t *testing.T) {
	s := looked(t, newServer(t, watching))
	var names []string
	query := "?limit=1"
	for range 9 {
		page := listVMs(t, s, query)
		for _, v := range page.VMs {
			names = append(names, v.Name)
		}
		if query = "?limit=1&after=" + page.Next; page.Next == "" {
			break
		}
	}
	if got := strings.Join(names, " "); got != "db shy twin twin web-1" {
		t.Errorf("listed %s", got)
	}
	if page := listVMs(t, s, "?place=elsewhere"); len(page.VMs) != 0 {
		t.Errorf("of another place %+v", page)
	}
}

func TestPredictByName(t *testing.T) {
	s := looked(t, newServer(t, watching))
	predict := func(body string) (p prediction.Prediction) {
		t.Helper()
		got := do(s, "POST", "/predict", body)
		if err := json.Unmarshal(got.Body.Bytes(), &p); got.Code != http.StatusOK || err != nil {
			t.Fatalf("%s: %d %s", body, got.Code, got.Body)
		}
		return p
	}
	listed := listVMs(t, s, "").VMs[4].Prediction
	if p := predict(`{"vm": "web-1"}`); p.PredictedDowntime != listed.PredictedDowntime || len(p.Warnings) != len(listed.Warnings)+1 ||
		!strings.Contains(strings.Join(p.Warnings, " "), "observed 1h0m") {
		t.Errorf("predicted %+v, listed %+v", p, listed)
	}
	if p := predict(`{"vm": "5", "network_bandwidth": 1000, "colour": "red"}`); p.PredictedTotalTimeMS <= listed.PredictedTotalTimeMS ||
		!strings.Contains(strings.Join(p.Warnings, " "), "colour") {
		t.Errorf("over a slower link %+v", p)
	}
	if p := predict(`{"vm": "db"}`); p.ConvergenceProbability != 0 || !strings.Contains(strings.Join(p.Warnings, " "), "passed through") {
		t.Errorf("of what cannot be moved %+v", p)
	}
	if p := predict(`{"cpu_load": 50, "memory_usage": 50, "vm": null}`); p.PredictedDowntime <= 0 {
		t.Errorf("of no VM %+v", p)
	}
}

func TestPredictByNameRefuses(t *testing.T) {
	s := looked(t, newServer(t, watching))
	for body, want := range map[string]string{
		`{"vm": "web1"}`:                "did you mean web-1?",
		`{"vm": "nothing-like-it"}`:     "GET /vms lists them",
		`{"vm": "twin"}`:                "is the name of 2 VMs",
		`{"vm": "3"}`:                   "its turn will come",
		`{"vm": "shy"}`:                 "not permitted",
		`{"vm": 7}`:                     "must be the name of a VM",
		`{"vm": ""}`:                    "must be the name of a VM",
		`{"vm": "db", "cpu_load": 200}`: "body.cpu_load",
	} {
		if got := do(s, "POST", "/predict", body); got.Code != http.StatusUnprocessableEntity || !strings.Contains(got.Body.String(), want) {
			t.Errorf("%s: %d %s, want %q", body, got.Code, got.Body, want)
		}
	}
}

func TestNothingIsWatched(t *testing.T) {
	s := newServer(t)
	if got := do(s, "GET", "/vms", ""); got.Code != http.StatusNotFound || !strings.Contains(got.Body.String(), "sources.places") {
		t.Errorf("%d %s", got.Code, got.Body)
	}
	if got := do(s, "POST", "/predict", `{"vm": "web"}`); got.Code != http.StatusUnprocessableEntity || !strings.Contains(got.Body.String(), "sources.places") {
		t.Errorf("%d %s", got.Code, got.Body)
	}
}

func TestWatchedVMsAreInTheMetrics(t *testing.T) {
	s := looked(t, newServer(t, watching))
	text := do(s, "GET", "/metrics", "").Body.String()
	downtime := listVMs(t, s, "").VMs[4].Prediction.PredictedDowntime
	if want := fmt.Sprintf(`vmmp_vm_predicted_downtime_seconds{place="here",vm="web-1"} %v`, downtime/1000); !strings.Contains(text, want) {
		t.Errorf("no %s", want)
	}
	if strings.Contains(text, `vm="shy"`) {
		t.Error("what was not observed is shown")
	}
}

// A migration that ends at a watched place is in the history with what was known and predicted before it.
func TestEndedMigrationsAreRecorded(t *testing.T) {
	endings := make(chan source.Ended)
	s := looked(t, newServer(t, hearing(endings), remembering(t)))
	before := listVMs(t, s, "").VMs[4].Prediction
	o := migration.UnknownOutcome()
	o.DowntimeMS, o.TotalTimeMS, o.Status = 150, 2000, migration.Completed
	for _, name := range []string{"web-1", "stranger"} {
		record := migration.Record{Outcome: o, Source: migration.SourceLibvirt}
		if name == "stranger" {
			record.Features.Set(migration.CPULoad, 50)
		}
		endings <- source.Ended{VM: source.VM{ID: name, Name: name}, Record: record}
	}
	endings <- source.Ended{VM: source.VM{ID: "1", Name: "db"}, Record: migration.Record{Outcome: migration.Outcome{Status: migration.Failed}, Source: migration.SourceLibvirt}}
	entries, err := s.history.Read(t.Context(), history.Query{})
	for len(entries) < 3 && err == nil {
		time.Sleep(time.Millisecond)
		entries, err = s.history.Read(t.Context(), history.Query{})
	}
	if err != nil {
		t.Fatal(err)
	}
	stranger, web := entries[1], entries[2]
	if web.Group != "web-1" || web.Site != "here" || web.Source != migration.SourceLibvirt || web.At.IsZero() ||
		web.Features.Get(migration.DirtyRate) != 20 || web.Outcome.DowntimeMS != 150 {
		t.Errorf("recorded %+v", web)
	}
	if p := web.Prediction; p == nil || p.Afterwards || p.DowntimeMS != before.PredictedDowntime {
		t.Errorf("beside it %+v, it was %+v", p, before)
	}
	if p := stranger.Prediction; p == nil || !p.Afterwards {
		t.Errorf("of a VM that nobody had seen %+v", p)
	}
	if entries[0].Outcome.Status != migration.Failed {
		t.Errorf("of one that failed %+v", entries[0])
	}
}
