//go:build integration

package monitoring

import (
	"os/exec"
	"strings"
	"testing"
)

// promtool runs Prometheus' own tool and answers what it printed.
func promtool(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command(installed(t, "promtool"), args...).CombinedOutput()
	if err != nil {
		t.Fatalf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func TestPromtoolChecksTheConfiguration(t *testing.T) {
	out := promtool(t, "check", "config", "prometheus/prometheus.yml")
	if strings.Contains(out, "FAILED") || !strings.Contains(out, "is valid prometheus config") {
		t.Error(out)
	}
}

func TestPromtoolChecksTheRules(t *testing.T) {
	paths := files(t, "prometheus/rules/*.yml")
	out := promtool(t, append([]string{"check", "rules", "--lint=all", "--lint-fatal"}, paths...)...)
	if n := strings.Count(out, "SUCCESS"); n != len(paths) {
		t.Errorf("%d of %d files are good:\n%s", n, len(paths), out)
	}
}

func TestPromtoolRunsTheCases(t *testing.T) {
	paths := files(t, "prometheus/tests/*.yml")
	out := promtool(t, append([]string{"test", "rules"}, paths...)...)
	if n := strings.Count(out, "SUCCESS"); n != len(paths) {
		t.Errorf("%d of %d files are good:\n%s", n, len(paths), out)
	}
}
