package metrics

import (
	"math"
	"net/http/httptest"
	"strings"
	"testing"
)

// stressed are the instruments of a load that has all that a load can have.
func stressed() *Stress {
	s := NewStress(Build{Version: "v1.2.3", Revision: "0123abc", GoVersion: "go1.26.0"})
	s.Show(StressReading{
		CPUTarget: 0.5, CPUAchieved: 0.4921875, DirtyTarget: 1 << 27, DirtyBytes: 1e8, PredictedDowntime: 0.25,
		Work:    map[string]float64{"cpu": 1200, "vm": 1 << 30, "io": 77, "hdd": 5e9},
		Workers: map[string]int{"cpu": 4, "vm": 2, "io": 2, "hdd": 1},
		Host:    busyHost,
	})
	return s
}

func TestStressExposition(t *testing.T) { golden(t, "testdata/stress.golden", scrape(t, stressed())) }

// What is not known is not shown, least of all as 0.
func TestStressLeavesOutUnknowns(t *testing.T) {
	s := NewStress(Build{})
	if text := scrape(t, s); strings.Contains(text, "vmmp_stress") || strings.Contains(text, "vmmp_host") {
		t.Errorf("shows a load before there is one:\n%s", ours(text))
	}
	s.Show(StressReading{
		CPUTarget: nan, CPUAchieved: nan, DirtyTarget: nan, DirtyBytes: nan, Host: HostReading{DiskBytes: nan, NetworkBytes: math.Inf(1)},
		Work: map[string]float64{"io": 3}, Workers: map[string]int{"io": 1},
	})
	text := scrape(t, s)
	for _, absent := range []string{NameStressCPUTarget, NameStressCPUAchieved, NameStressDirtyTarget, NameStressDirty, NameHostDisk, NameHostNetwork} {
		if strings.Contains(text, absent) {
			t.Errorf("%s is shown", absent)
		}
	}
	for _, line := range []string{`vmmp_stress_work_total{stressor="io"} 3`, `vmmp_stress_workers{stressor="io"} 1`} {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("%s is missing", line)
		}
	}
}

func TestStressHandler(t *testing.T) {
	answer := httptest.NewRecorder()
	stressed().Handler().ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))
	if answer.Code != 200 || !strings.Contains(answer.Body.String(), "\n"+NameStressDirty+" 1e+08\n") {
		t.Errorf("status %d: %s", answer.Code, ours(answer.Body.String()))
	}
}
