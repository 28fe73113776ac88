package metrics

import (
	"fmt"
	"strings"
	"testing"
)

func TestVMsAreShownByTheirNames(t *testing.T) {
	m := New(Build{})
	m.ShowVMs(func() []VMReading {
		return []VMReading{{"here", "web-1", 0.25, 0.5, nan, 0.75, 1.5}, {"here", "web-1", 9, 9, 9, 9, 9}, {"there", "web-1", 0.5, 1, 2, 1, 2}}
	})
	shows(t, m, `vmmp_vm_predicted_downtime_seconds{place="here",vm="web-1"} 0.25`,
		`vmmp_vm_predicted_downtime_seconds{place="there",vm="web-1"} 0.5`, `vmmp_vm_convergence_ratio{place="here",vm="web-1"} 0.75`)
	if text := scrape(t, m); strings.Contains(text, `total_time_seconds{place="here"`) {
		t.Error("what is unknown is shown")
	}
}

// A large platform does not flood Prometheus.
func TestVMsAreBounded(t *testing.T) {
	m := New(Build{})
	m.ShowVMs(func() []VMReading {
		var all []VMReading
		for i := range 3 * mostVMs {
			all = append(all, VMReading{Place: "here", VM: fmt.Sprint(i)})
		}
		return all
	})
	if n := strings.Count(scrape(t, m), "vmmp_vm_convergence_ratio{"); n != mostVMs {
		t.Errorf("%d VMs are shown", n)
	}
}
