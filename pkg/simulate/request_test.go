package simulate

import (
	"fmt"
	"strings"
	"testing"
)

func TestRequestCheck(t *testing.T) {
	for name, c := range map[string]struct {
		r    Request
		want string // all faults, with their values
	}{
		"one":                {Request{Count: 1}, ""},
		"no migration":       {Request{}, "count must be 1 to 1000: 0"},
		"too many":           {Request{Mode: Stress, Count: 1001}, "count must be 1 to 1000: 1001"},
		"no fleet":           {Request{Mode: OfFleet}, "fleet must be 1 to 10000000 VMs: 0"},
		"rows":               {Request{Mode: Replay}, ""},
		"of another mode":    {Request{Mode: Single, Count: 1, Scenarios: []string{"database"}}, "scenario is of the mode stress; leave it out, or give mode=stress: database"},
		"an unknown one":     {Request{Count: 1, Scenarios: []string{"tsunami"}}, `scenario unknown scenario "tsunami": it is one of ` + strings.Join(ScenarioNames(), ", ") + ": <nil>"},
		"real ones":          {Request{Count: 5000, Backend: script{}}, ""},
		"no real migration":  {Request{Backend: script{}}, "count must be 1 to 1000: 0"},
		"simulated by name":  {Request{Count: 5000, Backend: Physics{}}, "count must be 1 to 1000: 5000"},
		"two things at once": {Request{Count: -1, Mode: Continuous, Scenarios: []string{"database"}}, "count must be 1 to 1000: -1 scenario is of the mode stress; leave it out, or give mode=stress: database"},
	} {
		var told []string
		for _, f := range c.r.Check() {
			told = append(told, fmt.Sprintf("%s %s: %v", f.Location, f.Message, f.Value))
		}
		if got := strings.Join(told, " "); got != strings.Trim(c.want, "") {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestNewSeedIsShortAndAnother(t *testing.T) {
	seen := map[uint64]bool{}
	for range 8 {
		seed := NewSeed()
		if seed >= 1<<32 {
			t.Errorf("seed %d is not below 2^32", seed)
		}
		seen[seed] = true
	}
	if len(seen) < 2 { // all eight alike: one in 2^224
		t.Error("every seed is the same")
	}
}
