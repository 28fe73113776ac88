package train

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"vmmp/pkg/migration"
)

func TestSourceIsWhatTheRowsHold(t *testing.T) {
	rows := func(seed uint64) []migration.Record {
		var records []migration.Record
		for _, e := range draw(5, seed) {
			records = append(records, e.Record)
		}
		return records
	}
	a, again := NewSource("fleet", rows(1), 7), NewSource("fleet", rows(1), 7)
	if a != again || a.Rows != 5 || a.Name != "fleet" || a.Seed != 7 || len(a.SHA256) != 64 {
		t.Errorf("source %+v, then %+v", a, again)
	}
	changed := rows(1)
	changed[4].Outcome.Rounds++
	moved, elsewhere := rows(1), rows(1)
	moved[2].Features.Set(migration.Method, migration.MethodPostcopy)
	elsewhere[2].Site = "rack 4"
	for name, other := range map[string][]migration.Record{
		"other rows": rows(2), "fewer": rows(1)[:4], "one changed": changed, "none": nil, "one moved otherwise": moved, "one elsewhere": elsewhere,
	} {
		if NewSource("fleet", other, 7).SHA256 == a.SHA256 {
			t.Errorf("%s have the same hash", name)
		}
	}
}

// A feature that no row knows and no forest has a column of is no part of what was learned from: the hash is that of
// before there was one.
func TestSourceKnowsNothingOfUnknownColumns(t *testing.T) {
	const header = "cpu_load,memory_usage,disk_io,network_bandwidth,bandwidth_cap,memory_mib,resident_mib,vcpus,dirty_rate,working_set_mib," +
		"dirty_curve,downtime_limit_ms,timeout_s,auto_converge,downtime_ms,total_time_ms,transferred_mib,rounds,status,group,at,source\n"
	record := migration.Record{Outcome: migration.UnknownOutcome()}
	record.Features.Set(migration.CPULoad, 50)
	sum := sha256.Sum256([]byte(header + "50,,,,,,,,,,,,,,,,,,,,,\n"))
	if got := NewSource("", []migration.Record{record}, 0).SHA256; got != hex.EncodeToString(sum[:]) {
		t.Errorf("hash %s, want %x", got, sum)
	}
}
