package model

import (
	"strings"
	"testing"

	"vmmp/pkg/migration"
)

func TestNotConvergingSaysWithinWhatAndWhatHelps(t *testing.T) {
	var x migration.Features
	if got := notConverging(0.314, x); !strings.Contains(got, "within 30 rounds (probability 0.31)") || !strings.Contains(got, "auto-converge") {
		t.Errorf("without a timeout: %q", got)
	}
	x.Set(migration.TimeoutS, 250000)
	if got := notConverging(0.05, x); !strings.Contains(got, "within 250000 s (probability 0.05)") {
		t.Errorf("with a timeout: %q", got)
	}
}
