package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const inventedCases = "case,network_bandwidth,memory_mib,resident_mib,dirty_rate,downtime_limit_ms,downtime_ms,total_time_ms,status\n" +
	"small,1000,2048,900,1,300,150,9000,completed\n" +
	"large,10000,131072,120000,2000,300,,,not_converged\n"

func TestPublicCases(t *testing.T) {
	groups, err := caseGroups(strings.NewReader(inventedCases), "cases.csv")
	if err != nil || len(groups) != 1 {
		t.Fatalf("%d groups, error %v", len(groups), err)
	}
	g := groups[0]
	if diff := cmp.Diff([]string{"small", "large"}, g.cases); diff != "" || len(g.records) != 2 {
		t.Error(diff, len(g.records))
	}
	if has := g.slices[0].has; has(0) || !has(1) {
		t.Error("the second alone is large")
	}
}

func TestPublicCasesRefuse(t *testing.T) {
	for text, want := range map[string]string{
		"case,title\nx,y\n":                     "cases.csv: no known column",
		"case,memory_mib,downtime_ms\nx,some,1": "cases.csv: line 2, column memory_mib",
	} {
		if _, err := caseGroups(strings.NewReader(text), "cases.csv"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %s", text, err, want)
		}
	}
}
