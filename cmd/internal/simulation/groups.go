package simulation

import (
	"fmt"

	"vmmp/cmd/internal/humanize"
	"vmmp/cmd/internal/page"
	"vmmp/cmd/internal/terminal"
	"vmmp/pkg/simulate"
)

// groups sum up the migrations of each name.
type groups map[string]*group

// group is one of them.
type group struct {
	order int
	name  string
	first simulate.Migration
	sum   simulate.Accumulator
}

// mostGroups bounds the names that are summed up: beyond it they are rows of a file, not scenarios.
const mostGroups = 50

// add counts a migration, unless there are too many names.
func (g groups) add(m *simulate.Migration) {
	one := g[m.Name]
	if one == nil && len(g) <= mostGroups {
		one = &group{order: len(g), name: m.Name, first: *m}
		g[m.Name] = one
	}
	if one != nil {
		one.sum.Add(m)
	}
}

// sorted returns the groups in the order of their first migrations; none where that would say nothing new.
func (g groups) sorted() []*group {
	all := make([]*group, len(g))
	several := false
	for _, one := range g {
		all[one.order] = one
		several = several || one.sum.Summary().Count > 1
	}
	if !several || len(g) < 2 || len(g) > mostGroups {
		return nil
	}
	return all
}

// writeGroups writes a line for each group.
func writeGroups(t *page.Page, g groups) {
	sorted := g.sorted()
	if sorted == nil {
		return
	}
	t.Section("By name")
	fmt.Fprintf(t, "  %-20s%6s%10s%12s%10s%16s\n", "", "runs", "converge", "median", "off by", "interval held")
	for _, one := range sorted {
		s := one.sum.Summary()
		middle := "-"
		if s.Downtime != nil {
			middle = humanize.Milliseconds(s.Downtime.Median)
		}
		fmt.Fprintf(t, "  %s%6d%10s%12s%10s%16s\n", terminal.Pad(clipped(one.name, 19), 20), s.Count,
			orDash(s.Converged, inPercent), middle, orDash(s.MedianRelativeError, inPercent), orDash(s.Coverage90, inPercent))
	}
}
