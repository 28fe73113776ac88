package prometheus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"vmmp/pkg/migration"
	"vmmp/pkg/source"
	"vmmp/pkg/source/sourcetest"
)

// all observes all VMs that are listed.
func all(t *testing.T, s *Source) []source.Observation {
	t.Helper()
	vms, err := s.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []source.Observation
	for o, err := range s.ObserveAll(t.Context(), vms, source.Ask{}) {
		if err != nil {
			t.Fatal(err)
		}
		sourcetest.Check(t, o)
		got = append(got, o)
	}
	return got
}

// What is told of all at once is what is told of each.
func TestAllAreAsEach(t *testing.T) {
	f := newFake(t, slices.Concat(web(), vm("shop", "db", "b"), vm("test", "web", "b"))...)
	s := f.open(t, Options{})
	for _, o := range all(t, s) {
		one, err := s.Observe(t.Context(), o.VM, source.Ask{})
		if err != nil {
			t.Fatal(err)
		}
		if !one.Features.Equal(o.Features) || o.Features.Known().Len() != 5 || len(o.Notes) > 0 {
			t.Errorf("%s: %v and %v, %q", o.VM.ID, o.Features, one.Features, o.Notes)
		}
	}
}

// The number of queries does not depend on that of VMs.
func TestBulkCostsTheSame(t *testing.T) {
	var many []series
	for i := range 300 {
		many = append(many, vm("shop", fmt.Sprint("vm-", i), fmt.Sprint("node-", i%7))...)
	}
	f := newFake(t, many...)
	if got := all(t, f.open(t, Options{})); len(got) != 300 {
		t.Errorf("%d", len(got))
	}
	if n := len(f.queries()); n != 2+2+11 {
		t.Errorf("%d queries", n)
	}
}

// A metric that nothing has any more is told once, not of every VM.
func TestRenamedMetricIsToldOnce(t *testing.T) {
	f := newFake(t, but(slices.Concat(web(), vm("shop", "db", "b")), "vm_dirty", of("vm_dirty_bytes", 1))...)
	got := all(t, f.open(t, Options{}))
	want := `dirty_rate is unknown of every VM: the server has no value for vm_dirty{namespace!="",name!=""}; ` +
		"if the metric has another name there, say so in a mapping of your own"
	if len(got) != 2 || len(got[0].Notes) != 1 || got[0].Notes[0] != want || len(got[1].Notes) != 0 {
		t.Errorf("%q, %q", got[0].Notes, got[1].Notes)
	}
}

// What one VM cannot tell is its own.
func TestOneOfMany(t *testing.T) {
	stopped := of("vm_info", 1, "namespace", "shop", "name", "old", "phase", "stopped")
	f := newFake(t, slices.Concat(web(), vm("shop", "db", "b"), []series{stopped})...)
	f.set(slices.DeleteFunc(f.series, func(s series) bool {
		return s.labels["__name__"] == "vm_cpu" && s.labels["name"] == "db"
	})...)
	vms := []source.VM{{ID: "shop/db"}, {ID: "shop/old"}, {ID: "shop/none"}, {ID: "shop/web"}}
	var failed, noted []string
	var known []int
	for o, err := range f.open(t, Options{}).ObserveAll(t.Context(), vms, source.Ask{}) {
		known = append(known, o.Features.Known().Len())
		if err != nil {
			failed = append(failed, o.VM.ID)
			if !errors.Is(err, source.ErrGone) {
				t.Error(err)
			}
		}
		noted = append(noted, o.Notes...)
	}
	if !slices.Equal(failed, []string{"shop/old", "shop/none"}) || !slices.Equal(known, []int{4, 0, 0, 5}) {
		t.Errorf("failed %q, known %v", failed, known)
	}
	if len(noted) != 1 || !strings.HasPrefix(noted[0], "cpu_load is unknown: the server has no value of it") {
		t.Errorf("%q", noted)
	}
}

// A place that cannot be asked has its error for each, and a caller that has enough gets no more.
func TestBulkOfNobody(t *testing.T) {
	f := newFake(t, web()...)
	s := f.open(t, Options{})
	f.Close()
	vms := []source.VM{{ID: "shop/a"}, {ID: "shop/b"}}
	n := 0
	for o, err := range s.ObserveAll(t.Context(), vms, source.Ask{}) {
		if err == nil || o.VM.ID != vms[n].ID {
			t.Errorf("%+v, %v", o, err)
		}
		n++
	}
	if n != 2 {
		t.Errorf("%d of 2", n)
	}
	for _, err := range s.ObserveAll(t.Context(), vms, source.Ask{}) {
		if err != nil {
			break
		}
	}
	ctx, end := context.WithCancel(t.Context())
	end()
	for _, err := range s.ObserveAll(ctx, vms, source.Ask{}) {
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
}

// A query that the server refuses costs its feature.
func TestRefusedQuery(t *testing.T) {
	f := newFake(t, slices.Concat(web(), vm("shop", "db", "b"))...)
	f.refuses = func(query string) (int, string) {
		if strings.HasPrefix(query, "vm_cpu") {
			return 400, `{"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": 1:3: parse error: so"}`
		}
		return 0, ""
	}
	got := all(t, f.open(t, Options{}))
	if len(got[0].Notes) != 1 || len(got[1].Notes) != 0 || got[0].Features.Known().Has(migration.CPULoad) || got[1].Features.Known().Len() != 4 {
		t.Fatalf("%q, %v", got[0].Notes, got[1].Features.Known())
	}
	note := got[0].Notes[0]
	if !strings.HasPrefix(note, "cpu_load is unknown: test.yaml:7: features.cpu_load: ask http://") || !strings.HasSuffix(note, "parse error: so") {
		t.Errorf("%q", note)
	}
}
