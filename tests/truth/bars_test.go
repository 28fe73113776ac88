package main

import (
	"path/filepath"
	"strings"
	"testing"

	"vmmp/pkg/prediction"
	"vmmp/tests/document"
)

func bars(t *testing.T, text string) []bar {
	t.Helper()
	parsed, err := parseBars([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestBars(t *testing.T) {
	var f figures
	f[coverage], f[medianError], f[totalCoverage] = 0.7, 0.2, prediction.Number(nan)
	r := report{sets: []set{{"home", f}}}
	for _, c := range []struct{ bar, want string }{
		{"{set: home, measure: coverage, bar: {at_least: 0.7}}", ""},
		{"{set: home, measure: coverage, bar: {at_least: 0.5, at_most: 0.9}}", ""},
		{"{set: home, measure: coverage, bar: {at_least: 0.71}}", "home: coverage is 70.0 %; asked is at least 71.0 %"},
		{"{set: home, measure: coverage, bar: {at_least: 0.8, at_most: 0.9}}", "home: coverage is 70.0 %; asked is 80.0 % to 90.0 %"},
		{"{set: home, measure: median_error, bar: {at_most: 0.2}}", ""},
		{"{set: home, measure: median_error, bar: {at_most: 0.1}}", "home: median_error is 20.0 %; asked is at most 10.0 %"},
		{"{set: home, measure: median_error, want: {at_most: 0.1}}", ""},
		{"{set: home, measure: total_coverage, bar: {at_least: 0}}", "home: total_coverage is undefined; asked is at least 0.0 %"},
		{"{set: away, measure: coverage, bar: {at_least: 0.1}}", "away: coverage: there is no such set; asked is at least 10.0 %"},
		{"{set: away, measure: coverage, want: {at_least: 0.1}}", ""},
	} {
		r.wanted = bars(t, "- "+c.bar)
		if got := strings.Join(r.below(), "\n"); got != c.want {
			t.Errorf("%s: %q, want %q", c.bar, got, c.want)
		}
	}
}

func TestBarsRefuse(t *testing.T) {
	for text, want := range map[string]string{
		"": "no bars",
		"- {set: a, measure: charm, bar: {at_least: 1}}":    `bar 1: no measure "charm": there are n, judged`,
		"- {set: a, measure: coverage}":                     "bar 1: a set and at_least or at_most are needed",
		"- {measure: coverage, bar: {at_least: 1}}":         "bar 1: a set and",
		"- {set: a, measure: coverage, bar: {at_last: 1}}":  "field at_last not found",
		"- {set: a, measure: coverage, bar: {at_least: x}}": "cannot unmarshal",
		"set: a": "cannot unmarshal",
	} {
		if parsed, err := parseBars([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, error %v; want one that says %s", text, parsed, err, want)
		}
	}
	missing := filepath.Join(t.TempDir(), "none.yaml")
	if _, err := readBars(missing); err == nil || !strings.Contains(err.Error(), missing) {
		t.Errorf("a file that is not there: %v", err)
	}
}

func FuzzParseBars(f *testing.F) {
	f.Add([]byte("- {set: a, measure: coverage, bar: {at_least: 0.1}}"))
	f.Add([]byte("- set: b\n  measure: bias\n  want: {at_most: .inf}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		parsed, err := parseBars(data)
		for _, b := range parsed {
			if err != nil || b.Set == "" || measures[b.measure].name != b.Measure {
				t.Fatalf("%+v and error %v", b, err)
			}
		}
	})
}

// Every bar of the repository is about a set and a measure that there are, and is not higher than what is wanted.
func TestOurBars(t *testing.T) {
	ours, err := readBars(filepath.Join(document.Top, ".ci", "truth.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, g := range append(inventedGroups(t), group{name: "public cases"}) {
		names[g.name] = true
		for _, s := range g.slices {
			names[g.name+", "+s.name] = true
		}
	}
	recorded, err := recordedGroups(filepath.Join(document.Top, "testdata", "migrations"))
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range recorded {
		names[g.name], names[g.name+", left out"] = true, true
		for _, l := range lessons {
			names[g.name+", "+l.name] = true
		}
	}
	enforced := 0
	for _, b := range ours {
		if b.Bar.none() {
			continue
		}
		if enforced++; !names[b.Set] {
			t.Errorf("a bar for %s, which is no set", b.Set)
		}
		if b.Bar.AtLeast != nil && b.Want.AtLeast != nil && *b.Bar.AtLeast > *b.Want.AtLeast ||
			b.Bar.AtMost != nil && b.Want.AtMost != nil && *b.Bar.AtMost < *b.Want.AtMost {
			t.Errorf("%s, %s: the bar asks for more than is wanted", b.Set, b.Measure)
		}
	}
	if enforced == 0 {
		t.Error("no bar is enforced")
	}
}
