package sqlite

import (
	"testing"

	"vmmp/pkg/history/historytest"
)

// roles are what this test binary does as a process of its own.
var roles = map[string]func(location string) int{}

func TestMain(m *testing.M) { historytest.Main(m, openAt, roles) }
