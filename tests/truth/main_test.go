package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// place is a folder with everything that the program reads, all of it invented.
func place(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	write(t, folder, "data/kvm-2017.csv", invented)
	write(t, folder, "field/reality.csv", inventedCases)
	write(t, folder, "recorded/cellar/migrations.csv", inventedRecords)
	write(t, folder, "kept.yaml", "- {set: kvm-2017 original, measure: n, bar: {at_least: 3}, want: {at_least: 4}}\n")
	write(t, folder, "broken.yaml", "- {set: kvm-2017 original, measure: n, bar: {at_least: 4}}\n"+
		"- {set: public cases, measure: judged, bar: {at_most: 0}}\n")
	return folder
}

// runs runs the program on a place, and returns what it did.
func runs(t *testing.T, folder string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, failed bytes.Buffer
	status = run(append([]string{"--data", filepath.Join(folder, "data"), "--recorded", filepath.Join(folder, "recorded")}, args...), &out, &failed)
	return status, out.String(), failed.String()
}

func TestText(t *testing.T) {
	folder := place(t)
	status, text, stderr := runs(t, folder, "--bars", filepath.Join(folder, "kept.yaml"))
	if status != exitOK || stderr != "" {
		t.Fatalf("exit %d: %s", status, stderr)
	}
	for _, want := range []string{
		"Model " + embedded(t).ID() + "\n", "\nkvm-2017 original, every pause ", "\nrecorded site cellar ",
		"\nkvm-2017 original        n  at least 4    3       no\n", "\nsmall ", "\nlarge ",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if _, again, _ := runs(t, folder, "--bars", filepath.Join(folder, "kept.yaml")); again != text {
		t.Errorf("the same question has two answers:\n%s\n%s", text, again)
	}
}

func TestJSON(t *testing.T) {
	status, text, stderr := runs(t, place(t), "-o", "json")
	var got struct {
		Model string
		Sets  []map[string]any
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil || status != exitOK {
		t.Fatalf("exit %d, %s, error %v:\n%s", status, stderr, err, text)
	}
	first := got.Sets[0]
	if got.Model != embedded(t).ID() || first["set"] != "kvm-2017 original" || first["n"] != 3.0 || first["judged"] != 2.0 {
		t.Errorf("model %s, first set %v", got.Model, first)
	}
	for m := range measures {
		if _, there := first[measures[m].name]; !there {
			t.Errorf("no %s in %v", measures[m].name, first)
		}
	}
}

func TestMarkdown(t *testing.T) {
	folder := place(t)
	status, text, stderr := runs(t, folder, "-o", "markdown", "--bars", filepath.Join(folder, "kept.yaml"))
	if status != exitOK {
		t.Fatalf("exit %d: %s", status, stderr)
	}
	columns := 0
	for line := range strings.Lines(text) {
		switch cells := strings.Count(line, "|"); {
		case cells == 0:
			columns = 0
		case columns == 0:
			columns = cells
		case cells != columns:
			t.Errorf("%d cells in a table of %d: %s", cells, columns, line)
		}
	}
	if !strings.Contains(text, "| kvm-2017 original | 3 | 2 | 140 |") || !strings.Contains(text, "| kvm-2017 original | n | at least 4 | 3 | no |") {
		t.Error(text)
	}
}

func TestBelowTheBar(t *testing.T) {
	folder := place(t)
	status, text, stderr := runs(t, folder, "--bars", filepath.Join(folder, "broken.yaml"))
	want := "truth: below the bars of " + filepath.Join(folder, "broken.yaml") + ":\n" +
		"  kvm-2017 original: n is 3; asked is at least 4\n  public cases: judged is 1; asked is at most 0\n"
	if diff := cmp.Diff(want, stderr); status != exitFailed || diff != "" {
		t.Errorf("exit %d: %s", status, diff)
	}
	if !strings.Contains(text, "kvm-2017 original") {
		t.Error("the table is not shown")
	}
}

func TestCard(t *testing.T) {
	folder := place(t)
	card := filepath.Join(folder, "CARD.md")
	write(t, folder, "CARD.md", "# Card\n\n"+cardFrom+"old\n"+cardTo+"\nThe rest.\n")
	if status, _, stderr := runs(t, folder, "--card", card); status != exitOK {
		t.Fatalf("exit %d: %s", status, stderr)
	}
	_, want, _ := runs(t, folder, "-o", "markdown")
	got, err := os.ReadFile(card)
	if diff := cmp.Diff("# Card\n\n"+cardFrom+want+cardTo+"\nThe rest.\n", string(got)); diff != "" || err != nil {
		t.Error(diff, err)
	}
	write(t, folder, "CARD.md", "# Card\n\n"+cardFrom)
	if status, _, stderr := runs(t, folder, "--card", card); status != exitFailed || !strings.Contains(stderr, "has no place for the table") {
		t.Errorf("exit %d: %s", status, stderr)
	}
}

// One of the two measurements is enough, and the other is not passed over in silence.
func TestOneIsMissing(t *testing.T) {
	folder := place(t)
	if err := os.Remove(filepath.Join(folder, "field", "reality.csv")); err != nil {
		t.Fatal(err)
	}
	status, text, stderr := runs(t, folder)
	if status != exitOK || !strings.Contains(stderr, "not judged, since it is not there: ") || !strings.Contains(stderr, "reality.csv") ||
		strings.Contains(text, "public cases") {
		t.Errorf("exit %d: %s\n%s", status, stderr, text)
	}
}

func TestRefused(t *testing.T) {
	folder := place(t)
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{nil, exitUsage, "--data is needed: the folder of the public measurements (make truth DATA=folder)"},
		{[]string{"--data", filepath.Join(folder, "nowhere", "deep")}, exitUsage, "no public measurements in " + filepath.Join(folder, "nowhere")},
		{[]string{"--data", folder, "-o", "sonnet"}, exitUsage, "-o sonnet: there are text, json and markdown"},
		{[]string{"--data", folder, "extra"}, exitUsage, `unexpected argument "extra"`},
		{[]string{"--date", folder}, exitUsage, "flag provided but not defined: -date"},
		{[]string{"--data", folder, "--model", "none.vmmp"}, exitFailed, "none.vmmp"},
		{[]string{"--data", folder, "--bars", "none.yaml"}, exitFailed, "none.yaml"},
	} {
		var out, failed bytes.Buffer
		if status := run(c.args, &out, &failed); status != c.status || !strings.Contains(failed.String(), c.want) || out.Len() > 0 {
			t.Errorf("%q: exit %d\n%s%s\nwant %d, %s", c.args, status, &out, &failed, c.status, c.want)
		}
	}
}

func TestHelp(t *testing.T) {
	var out, failed bytes.Buffer
	if status := run([]string{"-h"}, &out, &failed); status != exitOK || !strings.Contains(out.String(), "folder of the public measurements") ||
		failed.Len() > 0 {
		t.Errorf("exit %d: %s%s", status, &out, &failed)
	}
}
