package metrics

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
)

// modelSeries are the lines about the model, without HELP and TYPE and the reloads.
func modelSeries(t *testing.T, m *Metrics) string {
	t.Helper()
	var lines []string
	for line := range strings.Lines(scrape(t, m)) {
		if strings.HasPrefix(line, "vmmp_model_") && !strings.HasPrefix(line, NameModelReloads) {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

// Nothing of a model stays when another comes.
func TestModelIsOne(t *testing.T) {
	m := New(Build{})
	m.Model.Set(trained("old"))
	m.Model.Set(ModelReading{ID: "new"})
	const want = "vmmp_model_info{id=\"new\",trained_at=\"\"} 1\n"
	if got := modelSeries(t, m); got != want {
		t.Errorf("shows\n%swant\n%s", got, want)
	}
}

func TestModelUnknowns(t *testing.T) {
	m := New(Build{})
	m.Model.Set(ModelReading{ID: "a", Test: TestReading{Rows: 3, MedianRelativeError: nan, Coverage: 0, LogR2: math.Inf(-1)}})
	want := "vmmp_model_info{id=\"a\",trained_at=\"\"} 1\nvmmp_model_test_interval_coverage_ratio 0\nvmmp_model_test_rows 3\n"
	if got := modelSeries(t, m); got != want {
		t.Errorf("shows\n%swant\n%s", got, want)
	}
}

// A model file may name any number of sources; the series are those of the list.
func TestModelSourcesAreBounded(t *testing.T) {
	m := New(Build{})
	m.Model.Set(ModelReading{TrainingRows: map[string]int{"fleet": 5, "made up": 1, "": 2, "\xff": 4}})
	if got := testutil.ToFloat64(m.Model.TrainingRows.WithLabelValues(Other)); got != 7 {
		t.Errorf("%g rows of others, want 7", got)
	}
	if got := count(t, m, NameModelTrainingRows); got != 2 {
		t.Errorf("%d series, want 2", got)
	}
}

func TestModelTimes(t *testing.T) {
	m := New(Build{})
	m.Model.Set(ModelReading{ID: "a", Trained: time.Unix(1714564800, 0), Loaded: time.UnixMilli(1714570000250)})
	shows(t, m, `vmmp_model_info{id="a",trained_at="2024-05-01T12:00:00Z"} 1`,
		"vmmp_model_trained_timestamp_seconds 1.7145648e+09", "vmmp_model_loaded_timestamp_seconds 1.71457000025e+09")
}
