package cmd

import (
	"net/http"
	"strings"
	"testing"
)

// A server tells how busy its machine is, and does without where it cannot see it.
func TestServeShowsItsMachine(t *testing.T) {
	const unseen = "no metrics of this machine"
	seeing := serveReady(t, nil, "--history", "none")
	blind := serveReady(t, []string{"HOST_PROC=" + t.TempDir()}, "--history", "none")
	for s, want := range map[*served]bool{seeing: true, blind: false} {
		s.predicts(t)
		text := s.answers(t, http.StatusOK, http.MethodGet, "/metrics", "").text
		for _, name := range []string{"vmmp_host_memory_usage_ratio 0.", "vmmp_host_memory_bytes ", "vmmp_host_cpus "} {
			if strings.Contains(text, "\n"+name) != want {
				t.Errorf("%s is shown: %t", name, !want)
			}
		}
		if strings.Contains(s.log.String(), unseen) == want {
			t.Errorf("logged:\n%s", s.log)
		}
	}
}
