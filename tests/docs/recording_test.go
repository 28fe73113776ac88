package docs

import (
	"encoding/csv"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/model/train"
	"vmmp/pkg/prediction"
	"vmmp/tests/document"
)

// recordings returns the recorded sites: their names, and the files of their rows.
func recordings(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob(document.Top + "/testdata/migrations/*/migrations.csv")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d recordings, %v", len(files), err)
	}
	sites := map[string]string{}
	for _, file := range files {
		sites[filepath.Base(filepath.Dir(file))] = file
	}
	return sites
}

// recordedRows are the rows of a recording, by column.
func recordedRows(t *testing.T, recording string) []map[string]string {
	t.Helper()
	f, err := os.Open(recording)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var all []map[string]string
	for _, row := range rows[1:] {
		cells := map[string]string{}
		for i, name := range rows[0] {
			cells[name] = row[i]
		}
		all = append(all, cells)
	}
	return all
}

// noise is how far the repeats of one setting are from their median, relative to each.
type noise struct{ settings, repeats, floor float64 }

func noiseOf(t *testing.T, rows []map[string]string) noise {
	t.Helper()
	groups := map[string][]float64{}
	for _, row := range rows {
		if row["repeat"] != "0" && row["status"] == "completed" {
			ms, err := strconv.ParseFloat(row["downtime_ms"], 64)
			if err != nil {
				t.Fatal(err)
			}
			groups[row["group"]] = append(groups[row["group"]], ms)
		}
	}
	var off []float64
	for _, ms := range groups {
		middle := between(ms)
		for _, v := range ms {
			off = append(off, math.Abs(middle-v)/v)
		}
	}
	return noise{float64(len(groups)), float64(len(off)), evaluate.Quantile(0.5, off)}
}

// between returns what lies between the two middle ones of repeated measurements: the median that is one of them would
// be off by nothing itself.
func between(ms []float64) float64 {
	ms = slices.Sorted(slices.Values(ms))
	return (ms[(len(ms)-1)/2] + ms[len(ms)/2]) / 2
}

// Every site that was recorded has a folder, and its card there shows what its rows are.
func TestDataCards(t *testing.T) {
	for site, recording := range recordings(t) {
		t.Run(site, func(t *testing.T) {
			document.Written(t, site+" counts", counts(t, recordedRows(t, recording)))
		})
	}
}

// TestRecordedSites lists the sites as their cards call them.
func TestRecordedSites(t *testing.T) {
	sites := recordings(t)
	var b strings.Builder
	b.WriteString("| folder | site | migrations |\n|---|---|---|\n")
	for _, site := range slices.Sorted(maps.Keys(sites)) {
		title := document.Read(t, "testdata/migrations/"+site+"/README.md").Headings()[0]
		_, what, _ := strings.Cut(title, ": ")
		fmt.Fprintf(&b, "| [%s](%s/README.md) | %s | %d |\n", site, site, what, len(recordedRows(t, sites[site])))
	}
	document.Written(t, "recorded sites", b.String())
}

// counts says in words and a table what the rows of a recording are.
func counts(t *testing.T, rows []map[string]string) string {
	t.Helper()
	groups, ended := map[string]bool{}, map[string]int{}
	for _, row := range rows {
		groups[row["group"]] = true
		ended[row["status"]]++
	}
	text := fmt.Sprintf("%d migrations of %d settings: %d switched over by themselves, %d were given up and cancelled, %d were given up and forced, %d failed.\n",
		len(rows), len(groups), ended["completed"], ended["not_converged"], ended["forced"], ended["failed"])
	if n := noiseOf(t, rows); n.repeats > 0 {
		text += fmt.Sprintf("The noise floor: %.0f repeats of %.0f settings differ from the median of their setting by %s in the median.\n",
			n.repeats, n.settings, quotedShare(prediction.Number(n.floor)))
	}
	text += "\n| column | least | 5 % | median | 95 % | most |\n|---|---|---|---|---|---|\n"
	for _, name := range []string{"memory_mib", "resident_mib", "network_bandwidth", "downtime_limit_ms", "dirty_rate", "cpu_load", "downtime_ms", "total_time_ms", "rounds", "host_cpu"} {
		text += quantiles(name, rows)
	}
	return text
}

// quantiles is a row of a table: what a column holds.
func quantiles(name string, rows []map[string]string) string {
	var values []float64
	for _, row := range rows {
		if v, err := strconv.ParseFloat(row[name], 64); err == nil && (row["status"] == "completed" || !strings.HasPrefix(name, "downtime_ms")) {
			values = append(values, v)
		}
	}
	slices.Sort(values)
	text := "| `" + name + "` |"
	for _, q := range []float64{0, 0.05, 0.5, 0.95, 1} {
		text += " " + strconv.FormatFloat(values[int(q*float64(len(values)-1))], 'g', 3, 64) + " |"
	}
	return text + "\n"
}

// judgesOnly is what the card of a site says whose migrations decide nothing of the embedded model.
const judgesOnly = "decides nothing of the embedded model"

// The embedded model was checked by the recordings as they are now, but for those whose card says why they only judge it.
func TestEmbeddedModelKnowsTheSites(t *testing.T) {
	m, r := embedded(t)
	for site, recording := range recordings(t) {
		card, err := os.ReadFile(filepath.Join(filepath.Dir(recording), "README.md"))
		if err != nil {
			t.Fatal(err)
		}
		known := slices.ContainsFunc(r.Sites, func(s model.SiteReport) bool { return s.Site == site })
		if strings.Contains(strings.Join(strings.Fields(string(card)), " "), judgesOnly) {
			if known {
				t.Errorf("the card of site %s says that it %s, and the model knows it", site, judgesOnly)
			}
			continue
		}
		file, err := os.Open(recording)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		records, _, err := migration.ReadCSV(file, migration.CSVOptions{Name: recording})
		if err != nil {
			t.Fatal(err)
		}
		if want := train.NewSource(site, records, 0); !slices.Contains(m.Provenance().Data, want) ||
			!slices.ContainsFunc(r.Sites, func(s model.SiteReport) bool { return s.Site == site && s.Rows == len(records) }) {
			t.Errorf("the embedded model has not learned how far off it is at site %s as it is recorded now: run make model", site)
		}
	}
}
