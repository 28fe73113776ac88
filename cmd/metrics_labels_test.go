package cmd

import (
	"slices"
	"testing"
	"time"

	"vmmp/pkg/accuracy"
	"vmmp/pkg/metrics"
	"vmmp/pkg/migration"
	"vmmp/pkg/population"
	"vmmp/pkg/simulate"
	"vmmp/pkg/stress"
)

// words are the values of one of the string types, as text.
func words[S ~string](values ...S) []string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = string(v)
	}
	return all
}

// labelValues are the values that a label of a metric can have.
func labelValues(t *testing.T, name, label string) []string {
	t.Helper()
	for _, d := range metrics.Descriptions() {
		for _, l := range d.Labels {
			if d.Name == name && l.Name == label {
				return l.Values
			}
		}
	}
	t.Fatalf("%s has no label %s", name, label)
	return nil
}

// The lists of pkg/metrics, which knows no other room, are those of the rooms whose
// words they are.
func TestLabelsAreTheWordsOfTheRooms(t *testing.T) {
	trained := []string{"recorded", "history", metrics.Other}
	for _, p := range population.Populations {
		trained = append(trained, p.Name)
	}
	var windows []string
	for _, w := range accuracy.Assess(nil, time.Now(), accuracy.Business{}).Windows {
		windows = append(windows, w.Window)
	}
	sources, statuses := words(migration.Sources...), words(migration.Statuses...)
	for _, c := range []struct {
		metric, label string
		want          []string
	}{
		{metrics.NameRecorded, "source", sources},
		{metrics.NameRecorded, "status", statuses},
		{metrics.NameSimulated, "status", statuses},
		{metrics.NameSimulated, "mode", words(simulate.Single, simulate.Continuous, simulate.Stress, simulate.OfFleet)},
		{metrics.NameModelTrainingRows, "source", trained},
		{metrics.NameOutcomes, "source", append(sources, accuracy.AllSources)},
		{metrics.NameOutcomes, "window", windows},
		{metrics.NameStressWorkers, "stressor", words(stress.CPU, stress.VM, stress.IO, stress.HDD)},
	} {
		slices.Sort(c.want)
		if got := labelValues(t, c.metric, c.label); !slices.Equal(got, c.want) {
			t.Errorf("%s{%s}: %v, want %v", c.metric, c.label, got, c.want)
		}
	}
}
