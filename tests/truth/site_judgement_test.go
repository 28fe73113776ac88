package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/model/train"
)

// mineRecords are migrations of a site whose pauses are three times those that its physics tells: limit over link.
func mineRecords(t *testing.T, n int) []migration.Record {
	t.Helper()
	var b strings.Builder
	b.WriteString("network_bandwidth,memory_mib,resident_mib,dirty_rate,downtime_limit_ms,downtime_ms,total_time_ms,status,group\n")
	for i := range n {
		limit := 100 + 10*(i%30)
		fmt.Fprintf(&b, "1000,2048,%d,%d,%d,%d,%d,completed,vm-%d\n", 500+i, 20+i%7, limit, 3*limit, 9*(500+i), i/2)
	}
	records, _, err := migration.ReadCSV(strings.NewReader(b.String()), migration.CSVOptions{Name: "mine.csv"})
	if err != nil {
		t.Fatal(err)
	}
	return records
}

func names(r *report) (all []string) {
	for i := range r.sets {
		all = append(all, r.sets[i].name)
	}
	return all
}

// What a site's own outcomes teach shows: the error falls with their number.
func TestLessons(t *testing.T) {
	m, records := embedded(t), mineRecords(t, 200)
	unknown := judge(ask(m, records), false)
	least := unknown[medianError]
	for _, l := range lessons[:2] {
		answers, err := l.ask(m, records, draws)
		if err != nil {
			t.Fatal(err)
		}
		off := judge(answers, false)[medianError]
		if !(off < least) {
			t.Errorf("%s: median error %v, and %v before", l.name, off, least)
		}
		least = off
	}
	trained := lessons[2]
	answers, err := trained.ask(m, records, 1)
	if off := judge(answers, false)[medianError]; err != nil || !(off < unknown[medianError]) {
		t.Errorf("%s: median error %v, and %v before, error %v", trained.name, off, unknown[medianError], err)
	}
}

// The table has a row for all that a site's outcomes teach, and one for the site of which nothing is known.
func TestAddSite(t *testing.T) {
	r := report{model: embedded(t)}
	if err := r.addSite(group{name: "recorded site mine", site: "mine", records: mineRecords(t, 40)}); err != nil {
		t.Fatal(err)
	}
	if want := []string{"recorded site mine", "recorded site mine, corrected by 10 outcomes"}; !slices.Equal(leaving(names(&r), "support"), want) {
		t.Errorf("judged %q, want %q", names(&r), want)
	}
}

// leaving leaves out the names in which a word stands.
func leaving(names []string, word string) (kept []string) {
	for _, name := range names {
		if !strings.Contains(name, word) {
			kept = append(kept, name)
		}
	}
	return kept
}

// A site of few outcomes is judged as one of which nothing is known, and no further.
func TestFewOutcomes(t *testing.T) {
	r := report{model: embedded(t)}
	if err := r.addSite(group{name: "recorded site mine", site: "mine", records: mineRecords(t, 19)}); err != nil {
		t.Fatal(err)
	}
	for _, name := range names(&r) {
		if strings.Contains(name, "outcomes") {
			t.Errorf("judged %q of 19 outcomes", name)
		}
	}
}

// A site that the model was checked by is told as the model reports it: each row predicted without the site.
func TestLeftOut(t *testing.T) {
	m := embedded(t)
	sites := m.Provenance().Metrics.Sites
	if len(sites) == 0 {
		t.Fatal("the embedded model was checked by no site")
	}
	for _, s := range sites {
		g := group{site: s.Site, records: make([]migration.Record, s.Rows)}
		f, ok := leftOut(m, &g)
		if !ok || f[medianError] != s.Downtime.MedianRelativeError || f[coverage] != s.Downtime.Coverage90 ||
			f[totalError] != s.TotalTime.MedianRelativeError || f[wrongVerdicts] != s.Converge.Wrong ||
			!math.IsNaN(float64(f[bias])) {
			t.Errorf("site %s: %v, %v", s.Site, f, ok)
		}
		g.records = g.records[1:] // other rows than those that were asked about
		if _, ok := leftOut(m, &g); ok {
			t.Errorf("site %s: %d rows of %d are no report", s.Site, len(g.records), s.Rows)
		}
	}
}

// A model whose forests have grown on recorded migrations may know the site: its figures are not those of a site left out.
func TestLearnedFrom(t *testing.T) {
	records := mineRecords(t, 60)
	var material train.Material
	material.Record("recorded", records)
	m, _, err := train.Develop(context.Background(), material.Examples, train.Development{
		Options: train.Options{Trees: 5}, Sources: material.Sources,
	})
	if err != nil {
		t.Fatal(err)
	}
	r := report{model: m}
	if err := r.addSite(group{name: "recorded site mine", site: "mine", records: records}); err != nil {
		t.Fatal(err)
	}
	if got := names(&r); !slices.Contains(got, "recorded site mine, learned from") || slices.ContainsFunc(got, func(name string) bool {
		return strings.Contains(name, "left out") || strings.Contains(name, "outcomes")
	}) {
		t.Errorf("judged %q", got)
	}
}

// Nobody is asked about a setting of which he knows an outcome.
func TestOtherSettings(t *testing.T) {
	records := mineRecords(t, 8) // of four groups
	records[6].Group, records[7].Group = "", ""
	others := otherSettings(records, []migration.Record{records[1], records[6]})
	var left []float64
	for i := range others {
		left = append(left, others[i].Features.Get(migration.ResidentMiB))
	}
	if want := []float64{502, 503, 504, 505, 507}; !slices.Equal(left, want) {
		t.Errorf("asked about %v, want %v", left, want)
	}
}

// A model that knows one site has no prior to be taught.
func TestNoPrior(t *testing.T) {
	m, err := train.Train(context.Background(), train.Recorded(mineRecords(t, 60)), train.Options{Trees: 5})
	if err != nil {
		t.Fatal(err)
	}
	l := lesson{"corrected by 10 outcomes", 10, (*model.Model).At}
	if answers, err := l.ask(m, mineRecords(t, 60), draws); err != nil || len(answers) > 0 {
		t.Errorf("%d answers, error %v", len(answers), err)
	}
}
