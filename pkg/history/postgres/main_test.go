package postgres

import (
	"testing"

	"vmmp/pkg/history/historytest"
)

func TestMain(m *testing.M) { historytest.Main(m, openAt, nil) }
