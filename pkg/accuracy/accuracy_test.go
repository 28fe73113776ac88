package accuracy

import (
	"bytes"
	"encoding/json"
	"flag"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vmmp/pkg/history"
	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

var update = flag.Bool("update", false, "write the golden files anew")

var noon = time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC)

// predicted is an entry of a completed migration an hour ago, whose pause was predicted before it.
func predicted(downtime, ms float64) history.Entry {
	return history.Entry{
		RecordedAt: noon.Add(-time.Hour),
		Record:     migration.Record{Outcome: pause(migration.Completed, downtime), Source: migration.SourceAPI},
		Prediction: &history.PastPrediction{
			Model: "3f2a9c41d0e7", Summary: prediction.Summary{DowntimeMS: ms, LowerMS: ms / 2, UpperMS: ms * 1.1, Confidence: 0.8},
		},
	}
}

// past is a year of one of each kind.
func past() []history.Entry {
	entries := []history.Entry{
		predicted(400, 300), // 40 days ago, longer than the limit, above its interval, just a hit
		{Record: migration.Record{Outcome: pause(migration.NotConverged, math.NaN()), Source: migration.SourceLibvirt}},
		{Record: migration.Record{Outcome: pause(migration.Failed, math.NaN())}},
		predicted(5000, 300), // stopped by force
		predicted(50, 50),    // simulated
		predicted(200, 200),  // without a status, asked about afterwards
		predicted(100, 110),
	}
	for i, hoursAgo := range []time.Duration{40 * 24, 8 * 24, 8 * 24, 48, 1, 1, 1} {
		entries[i].ID = int64(i + 1)
		entries[i].At = noon.Add(-hoursAgo * time.Hour)
		entries[i].RecordedAt = noon
	}
	entries[3].Outcome.Status = migration.Forced
	entries[4].Source = migration.SourcePrecopy
	entries[5].Source, entries[5].Outcome.Status, entries[5].Prediction.Afterwards = migration.SourceLab, migration.StatusUnknown, true
	entries[5].Prediction.Confidence = 0.6
	return entries
}

var configured = Business{DowntimeLimit: 300 * time.Millisecond, BaselineDowntime: 500 * time.Millisecond, PricePerSecond: 2, Currency: "EUR"}

// near lets figures differ by what their last digits may.
var near = cmp.Comparer(func(a, b prediction.Number) bool {
	x, y := float64(a), float64(b)
	return math.IsNaN(x) && math.IsNaN(y) || math.Abs(x-y) <= 1e-12*max(1, math.Abs(y))
})

func TestAssessByHand(t *testing.T) {
	nan := prediction.Number(math.NaN())
	ln := math.Log
	logR2 := func(mean float64, rows ...[2]float64) prediction.Number {
		var sse, sst float64
		for _, r := range rows {
			sse += (ln(r[0]) - ln(r[1])) * (ln(r[0]) - ln(r[1]))
			sst += (ln(r[0]) - mean) * (ln(r[0]) - mean)
		}
		return prediction.Number(1 - sse/sst)
	}
	two := logR2((ln(100)+ln(200))/2, [2]float64{100, 110}, [2]float64{200, 200})
	three := logR2((ln(100)+ln(200)+ln(400))/3, [2]float64{100, 110}, [2]float64{200, 200}, [2]float64{400, 300})
	tests := []Window{
		{"24h", "all", 2, 2, 1, 0, two, 1, 1, 0.7, Value{1, 0.7, 1.4}},
		{"7d", "all", 3, 2, 1, 0, two, 1, 1, 0.7, Value{2.0 / 3, -3.8, -7.6}},
		{"30d", "all", 5, 2, 1, 0, two, 1, 1, 0.7, Value{2.0 / 5, -3.8, -7.6}},
		{"all", "all", 6, 3, 2, 0.1, three, 1, 2.0 / 3, 2.2 / 3, Value{2.0 / 6, -3.7, -7.4}},
		{"24h", "precopy", 1, 1, 1, 0, nan, 1, 1, 0.8, Value{1, 0.45, 0.9}},
		{"30d", "api", 3, 1, 1, 0.1, nan, 1, 1, 0.8, Value{1.0 / 3, -4.1, -8.2}},
		{"24h", "libvirt", 0, 0, 0, nan, nan, nan, nan, nan, Value{nan, 0, 0}},
		{"30d", "libvirt", 1, 0, 0, nan, nan, nan, nan, nan, Value{0, 0, 0}},
	}
	a := Assess(past(), noon, configured)
	for _, want := range tests {
		if diff := cmp.Diff(want, find(t, a, want.Window, want.Source), near); diff != "" {
			t.Errorf("%s, %s: %s", want.Window, want.Source, diff)
		}
	}
	if a.Assessed != 7 || a.Truncated {
		t.Errorf("assessed %d, truncated %v", a.Assessed, a.Truncated)
	}
}

// find is one window of a.
func find(t rapid.TB, a Accuracy, window, source string) Window {
	t.Helper()
	i := slices.IndexFunc(a.Windows, func(w Window) bool { return w.Window == window && w.Source == source })
	if i < 0 {
		t.Fatalf("no window %s of %s", window, source)
	}
	return a.Windows[i]
}

func TestEverySourceThatOccursHasEveryWindow(t *testing.T) {
	entries := past()
	entries[0].Source = "oracle" // of a vmmp that is newer
	for _, test := range []struct {
		entries []history.Entry
		sources []string
	}{
		{nil, []string{"all"}},
		{past(), []string{"all", "lab", "precopy", "libvirt", "api"}},
		{entries, []string{"all", "lab", "precopy", "libvirt", "api", "oracle"}},
	} {
		var got, want [][2]string
		for _, window := range []string{"24h", "7d", "30d", "all"} {
			for _, source := range test.sources {
				want = append(want, [2]string{window, source})
			}
		}
		for _, w := range Assess(test.entries, noon, configured).Windows {
			got = append(got, [2]string{w.Window, w.Source})
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestWindowOfAMigration(t *testing.T) {
	tests := []struct {
		name         string
		at, recorded time.Time
		want         []string
	}{
		{"just now", noon, noon, []string{"24h", "7d", "30d", "all"}},
		{"a day ago", noon.Add(-day), noon, []string{"24h", "7d", "30d", "all"}},
		{"a little more", noon.Add(-day - 1), noon, []string{"7d", "30d", "all"}},
		{"a month ago", noon.Add(-30 * day), noon, []string{"30d", "all"}},
		{"imported today", noon.Add(-365 * day), noon, []string{"all"}},
		{"recorded early", noon, noon.Add(-365 * day), []string{"24h", "7d", "30d", "all"}},
		{"by a clock ahead", noon.Add(time.Hour), noon, []string{"24h", "7d", "30d", "all"}},
		{"of no time", time.Time{}, noon.Add(-8 * day), []string{"30d", "all"}},
		{"of no time at all", time.Time{}, time.Time{}, []string{"all"}},
		{"elsewhere", noon.Add(-day).In(time.FixedZone("east", 12*3600)), noon, []string{"24h", "7d", "30d", "all"}},
	}
	for _, test := range tests {
		e := predicted(100, 100)
		e.At, e.RecordedAt = test.at, test.recorded
		var got []string
		for _, w := range Assess([]history.Entry{e}, noon, Business{}).Windows {
			if w.Source == AllSources && w.Outcomes == 1 {
				got = append(got, w.Window)
			}
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

func TestWhatIsMatched(t *testing.T) {
	nan := math.NaN()
	for _, test := range []struct {
		status   migration.Status
		downtime float64
		want     int
	}{
		{migration.Completed, 100, 1}, {"", 100, 1}, {migration.Completed, nan, 0}, {migration.Completed, 0, 0},
		{"", nan, 0}, {migration.Forced, 100, 0}, {migration.NotConverged, nan, 0}, {migration.Failed, 100, 0},
	} {
		e := predicted(test.downtime, 100)
		e.Outcome.Status = test.status
		w := find(t, Assess([]history.Entry{e}, noon, configured), "all", "all")
		if w.Outcomes != 1 || w.Matched != test.want || w.AskedBefore != test.want {
			t.Errorf("%q, %v ms: %+v", test.status, test.downtime, w)
		}
	}
	e := predicted(100, 100)
	e.Prediction = nil
	if w := find(t, Assess([]history.Entry{e}, noon, configured), "all", "all"); w.Outcomes != 1 || w.Matched != 0 {
		t.Errorf("without a prediction: %+v", w)
	}
}

func TestBusiness(t *testing.T) {
	nan := math.NaN()
	const ms = time.Millisecond
	one := func(s migration.Status, ms float64) history.Entry {
		return history.Entry{Record: migration.Record{Outcome: pause(s, ms)}}
	}
	tests := []struct {
		name    string
		b       Business
		entries []history.Entry
		want    Value
	}{
		{"nothing happened", configured, nil, Value{prediction.Number(nan), 0, 0}},
		{"nothing configured", Business{}, []history.Entry{one(migration.Completed, 900), one(migration.Forced, 900)},
			Value{0.5, prediction.Number(nan), prediction.Number(nan)}},
		{"a limit", Business{DowntimeLimit: 300 * ms},
			[]history.Entry{one(migration.Completed, 300), one(migration.Completed, 300.1), one("", 10), one(migration.Failed, 10)},
			Value{0.5, prediction.Number(nan), prediction.Number(nan)}},
		{"a limit, a pause unknown", Business{DowntimeLimit: 300 * ms}, []history.Entry{one(migration.Completed, nan), one(migration.Completed, 100)},
			Value{1, prediction.Number(nan), prediction.Number(nan)}},
		{"an end unknown", Business{}, []history.Entry{one("", nan), one(migration.Completed, nan), one(migration.Failed, nan)},
			Value{0.5, prediction.Number(nan), prediction.Number(nan)}},
		{"a price without a baseline", Business{PricePerSecond: 3}, []history.Entry{one("", 10)},
			Value{1, prediction.Number(nan), prediction.Number(nan)}},
		{"a baseline without a price", Business{BaselineDowntime: 500 * ms}, []history.Entry{one("", 100)},
			Value{1, 0.4, prediction.Number(nan)}},
		{"who moved", Business{BaselineDowntime: 500 * ms, PricePerSecond: 10}, []history.Entry{
			one(migration.Completed, 100), one("", 200), one(migration.Forced, 900),
			one(migration.Completed, nan), one(migration.Failed, 50), one(migration.NotConverged, nan)},
			Value{3.0 / 6, 0.3, 3}},
	}
	for _, test := range tests {
		got := find(t, Assess(test.entries, noon, test.b), "all", "all").Business
		if diff := cmp.Diff(test.want, got, near); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

// everything draws what a history may hold, and what it may not.
func everything(t *rapid.T) []history.Entry {
	number := rapid.OneOf(rapid.Float64(), rapid.Float64Range(0, 1000), rapid.SampledFrom([]float64{0, math.NaN(), math.Inf(1), math.Inf(-1)}))
	hours := rapid.OneOf(rapid.IntRange(-10, 24*40), rapid.SampledFrom([]int{24, 7 * 24, 30 * 24}))
	entries := make([]history.Entry, rapid.IntRange(0, 30).Draw(t, "entries"))
	for i := range entries {
		e := &entries[i]
		e.ID, e.RecordedAt = int64(i+1), noon
		e.Outcome = pause(rapid.SampledFrom(append(migration.Statuses, "")).Draw(t, "status"), number.Draw(t, "downtime"))
		e.Source = rapid.SampledFrom(append(migration.Sources, "")).Draw(t, "source")
		if rapid.Bool().Draw(t, "dated") {
			e.At = noon.Add(-time.Duration(hours.Draw(t, "hours")) * time.Hour)
		}
		if rapid.Bool().Draw(t, "predicted") {
			e.Prediction = &history.PastPrediction{
				Summary: prediction.Summary{
					DowntimeMS: number.Draw(t, "prediction"), LowerMS: number.Draw(t, "lower"), UpperMS: number.Draw(t, "upper"),
					Confidence: number.Draw(t, "confidence"),
				},
				Afterwards: rapid.Bool().Draw(t, "afterwards"),
			}
		}
	}
	return entries
}

// business draws what an operator may configure, and what not.
func business(t *rapid.T) Business {
	return Business{
		DowntimeLimit:    time.Duration(rapid.Int64().Draw(t, "limit")),
		BaselineDowntime: time.Duration(rapid.Int64().Draw(t, "baseline")),
		PricePerSecond:   rapid.OneOf(rapid.Float64(), rapid.SampledFrom([]float64{math.NaN(), math.Inf(1)})).Draw(t, "price"),
		Currency:         rapid.String().Draw(t, "currency"),
	}
}

// exact takes two unknown figures as equal, and two known ones if they are.
var exact = cmp.Comparer(func(a, b prediction.Number) bool {
	return a == b || math.IsNaN(float64(a)) && math.IsNaN(float64(b))
})

func TestTheOrderOfEntriesDecidesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entries, b := everything(t), business(t)
		want := Assess(entries, noon, b)
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		random.Shuffle(len(entries), func(i, k int) { entries[i], entries[k] = entries[k], entries[i] })
		if diff := cmp.Diff(want, Assess(entries, noon, b), exact); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestWindowsNestAndSourcesAddUp(t *testing.T) {
	counts := func(w Window) [3]int { return [3]int{w.Outcomes, w.Matched, w.AskedBefore} }
	rapid.Check(t, func(t *rapid.T) {
		entries := everything(t)
		a := Assess(entries, noon, Business{})
		shorter, together, total := map[string]Window{}, map[string][3]int{}, 0
		for _, w := range a.Windows {
			if w.AskedBefore > w.Matched || w.Matched > w.Outcomes {
				t.Fatalf("%+v", w)
			}
			before := counts(shorter[w.Source])
			for i, n := range counts(w) {
				if n < before[i] {
					t.Fatalf("%+v holds less than %+v", w, shorter[w.Source])
				}
			}
			shorter[w.Source] = w
			if w.Source != AllSources && w.Source != string(migration.SourcePrecopy) {
				sum := together[w.Window]
				for i, n := range counts(w) {
					sum[i] += n
				}
				together[w.Window] = sum
			}
			if w.Window == "all" && w.Source != AllSources {
				total += w.Outcomes
			}
		}
		for _, w := range a.Windows {
			if w.Source == AllSources && counts(w) != together[w.Window] {
				t.Fatalf("all of %s: %v, the real sources together %v", w.Window, counts(w), together[w.Window])
			}
		}
		if total != len(entries) || a.Assessed != len(entries) {
			t.Fatalf("%d outcomes and %d assessed of %d entries", total, a.Assessed, len(entries))
		}
	})
}

func TestWhoeverIsAlwaysRight(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		downtimes := rapid.SliceOfNDistinct(rapid.Float64Range(0.2, 1e5), 2, 40, math.Round).Draw(t, "downtimes")
		var entries []history.Entry
		for _, y := range downtimes {
			entries = append(entries, predicted(y, y))
		}
		want := Window{"24h", "all", len(entries), len(entries), len(entries), 0, 1, 1, 1, 0.8,
			Value{1, prediction.Number(math.NaN()), prediction.Number(math.NaN())}}
		if diff := cmp.Diff(want, find(t, Assess(entries, noon, Business{}), "24h", "all"), near); diff != "" {
			t.Fatal(diff)
		}
	})
}

// JSON knows neither NaN nor infinity, and a figure that is infinite would be a gauge of infinity.
func TestFiguresAreFiniteOrUnknown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := Assess(everything(t), noon, business(t))
		for _, w := range a.Windows {
			for _, n := range []prediction.Number{w.MedianRelativeError, w.LogR2, w.Within25, w.Coverage90, w.MeanConfidence,
				w.Business.SuccessRate, w.Business.DowntimeAvoidedS, w.Business.CostSaved} {
				if math.IsInf(float64(n), 0) {
					t.Fatalf("%+v", w)
				}
			}
		}
		text, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		var back Accuracy
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		if diff := cmp.Diff(a.Windows, back.Windows, exact); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestWireFormat(t *testing.T) {
	for name, b := range map[string]Business{"configured": configured, "unconfigured": {}} {
		t.Run(name, func(t *testing.T) {
			a := Assess(past(), noon, b)
			a.Model = prediction.Identity{ID: "3f2a9c41d0e7", TrainedAt: &noon}
			got, err := json.MarshalIndent(a, "", " ")
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name+".golden.json", append(got, '\n'))
		})
	}
}

// golden fails unless got is what the file of testdata holds.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; after a wanted change run with -update and look at the diff\n%s", path, cmp.Diff(string(want), string(got)))
	}
}

// Each figure is explained under its own name, and nothing else is.
func TestEachFigureIsDefined(t *testing.T) {
	text, err := json.Marshal(Window{})
	if err != nil {
		t.Fatal(err)
	}
	var figures map[string]any
	if err := json.Unmarshal(text, &figures); err != nil {
		t.Fatal(err)
	}
	nested, _ := figures["business"].(map[string]any)
	delete(figures, "business")
	var want, got []string
	for _, names := range []map[string]any{figures, nested} {
		for name := range names {
			want = append(want, name)
		}
	}
	for name := range definitions(configured) {
		got = append(got, name)
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
