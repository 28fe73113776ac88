package prediction

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
)

// The names of what an answer rests on are a contract.
func TestSupports(t *testing.T) {
	for support, want := range map[Support]string{Site: `"site"`, OtherSite: `"other-site"`, Simulated: `"simulated"`} {
		if got, err := json.Marshal(support); err != nil || string(got) != want {
			t.Errorf("%s, %v, want %s", got, err, want)
		}
	}
}

// Warnings of a kind stand before those that callers add, each beside its kind.
func TestWarn(t *testing.T) {
	var p Prediction
	p.Warn(NotConverging, "a")
	p.Warn(NotMeasured, "b")
	p.Warnings = append(p.Warnings, "a caller's own")
	if !slices.Equal(p.Warnings, []string{"a", "b", "a caller's own"}) || !slices.Equal(p.WarningKinds, []WarningKind{NotConverging, NotMeasured}) {
		t.Errorf("warnings %q of kinds %q", p.Warnings, p.WarningKinds)
	}
	text, err := json.Marshal(p)
	if err != nil || strings.Contains(string(text), "not_converging") {
		t.Errorf("the kinds are told: %s, %v", text, err)
	}
}

// A total time that nobody has learned has no interval, and both are null; one that is known has both.
func TestTotalTimeAndItsInterval(t *testing.T) {
	p := Prediction{PredictedTotalTimeMS: Number(math.NaN())}
	for _, c := range []struct {
		total    float64
		interval *Interval
		want     string
	}{
		{math.NaN(), nil, `"predicted_total_time_ms":null,"total_time_interval":null,`},
		{8120.5, &Interval{Lower: 7600, Upper: 9100, Level: 0.9},
			`"predicted_total_time_ms":8120.5,"total_time_interval":{"lower":7600,"upper":9100,"level":0.9},`},
	} {
		p.PredictedTotalTimeMS, p.TotalTimeInterval = Number(c.total), c.interval
		if text, err := json.Marshal(p); err != nil || !strings.Contains(string(text), c.want) {
			t.Errorf("%s, %v, want %s", text, err, c.want)
		}
	}
}
