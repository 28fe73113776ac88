package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vmmp/pkg/model"
)

const inventedRecords = "network_bandwidth,memory_mib,resident_mib,dirty_rate,downtime_limit_ms,downtime_ms,total_time_ms,status\n" +
	"1000,512,200,3,300,90,2100,completed\n1000,512,300,200,300,,9000,not_converged\n"

// write makes a file in a folder, and the folders that it lies in.
func write(t *testing.T, folder, name, text string) {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func embedded(t *testing.T) *model.Model {
	t.Helper()
	m, err := model.Default()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestRecordedSites(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "attic.csv", inventedRecords)
	write(t, folder, "cellar/one.csv", inventedRecords)
	write(t, folder, "cellar/two.csv", inventedRecords)
	write(t, folder, "cellar/plan.yaml", "no table")
	write(t, folder, "README.md", "no table either")
	groups, err := recordedGroups(folder)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, g := range groups {
		got[g.name] = len(g.records)
	}
	if diff := cmp.Diff(map[string]int{"recorded site attic": 2, "recorded site cellar": 4}, got); diff != "" {
		t.Error(diff)
	}
}

func TestRecordedSitesRefuse(t *testing.T) {
	empty, bad := t.TempDir(), t.TempDir()
	write(t, bad, "lab.csv", "downtime_ms\nlong\n")
	for folder, want := range map[string]string{empty: "no recorded site in " + empty, bad: "lab.csv: line 2, column downtime_ms"} {
		if _, err := recordedGroups(folder); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}
