package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"slices"

	"vmmp/pkg/migration"
)

// nearIdleMiBs is what a guest dirties that does next to nothing.
const nearIdleMiBs = 1

// kvmGroups returns the migrations of the KVM table by technique, and those of plain pre-copy by what else is known.
func kvmGroups(r io.Reader, path string) ([]group, error) {
	rows, err := readKVM(r, path)
	if err != nil {
		return nil, err
	}
	var groups []group
	for _, technique := range techniques {
		var moved []kvmRow
		var records []migration.Record
		for i := range rows {
			if rows[i].technique == technique {
				moved, records = append(moved, rows[i]), append(records, rows[i].record())
			}
		}
		name := "kvm-2017 " + technique
		g := group{name: name, records: records, slices: []slice{everyPause}}
		if technique == plain {
			g.slices = append(g.slices, kvmSlices(moved)...)
			groups = append(groups, g, knowingNoLimit(g), knowingNoDirtyRate(g))
			continue
		}
		if s := settings[technique]; !s.tell(new(migration.Features)) {
			g.note = fmt.Sprintf("asked about plain pre-copy, since there is no feature %s", s.feature)
		}
		groups = append(groups, g)
	}
	return groups, nil
}

// knowingNoLimit returns the group as somebody asks who does not know the downtime limit.
func knowingNoLimit(g group) group {
	return group{name: g.name + " without limit", records: without(g.records, migration.DowntimeLimitMS)}
}

// knowingNoDirtyRate returns the group as somebody asks who knows that the guests are busy and not what they dirty.
func knowingNoDirtyRate(g group) group {
	return group{
		name: g.name + " without dirty rate, CPU 70-100 %", records: busy(without(g.records, migration.DirtyRate)),
		slices: []slice{{
			name: "where all converge", has: func(i int) bool { return g.records[i].Outcome.SwitchedOver() },
		}},
	}
}

// without returns the records of somebody who does not know one feature.
func without(records []migration.Record, f migration.Feature) []migration.Record {
	told := slices.Clone(records)
	for i := range told {
		told[i].Features = told[i].Features.Only(migration.Everything &^ migration.Of(f))
	}
	return told
}

// busySeed draws the CPU load of guests of which nothing else tells how busy they are.
const busySeed = 2017

// busy makes a CPU load of 70 to 100 % known of each record.
func busy(records []migration.Record) []migration.Record {
	random := rand.New(rand.NewPCG(busySeed, 0))
	for i := range records {
		records[i].Features.Set(migration.CPULoad, 70+30*random.Float64())
	}
	return records
}

// kvmSlices returns the parts of rows in which models are known to differ.
func kvmSlices(rows []kvmRow) []slice {
	part := func(name string, has func(*kvmRow) bool) slice {
		return slice{name: name, has: func(i int) bool { return has(&rows[i]) }}
	}
	parts := []slice{
		part("near idle, cap above the link", func(r *kvmRow) bool {
			return r.dirtyMiBs() < nearIdleMiBs && r.capMbps() > kvmLineMbps
		}),
		part("cap below the link", func(r *kvmRow) bool { return r.capMbps() < kvmLineMbps }),
	}
	for _, from := range []float64{0, 0.3, 0.5, 0.7, 0.9} {
		to := from + 0.1
		parts = append(parts, part(fmt.Sprintf("dirty/bandwidth %.1f-%.1f", from, to),
			func(r *kvmRow) bool { return r.load() >= from && r.load() < to }))
	}
	return append(parts, part("dirty/bandwidth above 1", func(r *kvmRow) bool { return r.load() >= 1 }))
}
