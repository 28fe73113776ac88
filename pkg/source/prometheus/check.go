package prometheus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"vmmp/pkg/source"
)

// Check asks the server each query of the mapping, of a VM that nobody has, so that it costs next to nothing. The error
// names every query that the server refuses, with its place in the mapping, or is that of a server that cannot be
// asked.
func (s *Source) Check(ctx context.Context) error {
	ctx, end := s.call(ctx)
	defer end()
	none := choice{
		vm:    &source.VM{ID: vmID("no-such-namespace", "no-such-vm"), Name: "no-such-vm"},
		hosts: []string{"no-such-host"}, interval: s.mapping.interval,
	}
	asked := &round{source: s}
	for _, q := range s.mapping.queries() {
		asked.want(q.text.fill(q.labels, none))
		asked.want(ageQuery(q, none))
	}
	if err := asked.run(ctx); err != nil {
		return err
	}
	var faults []error
	for _, q := range s.mapping.queries() {
		err := asked.answers[q.text.fill(q.labels, none)].err
		if err == nil && q.series != "" {
			err = asked.answers[ageQuery(q, none)].err
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", q.place(), err))
		}
	}
	return errors.Join(faults...)
}

// queries returns all that the mapping has, in an order that stays.
func (m Mapping) queries() []query {
	all := []query{m.vms, m.unmovable, m.active, m.start, m.end}
	for _, q := range m.features {
		all = append(all, q)
	}
	for _, q := range m.progress {
		all = append(all, q)
	}
	for _, q := range m.ended {
		all = append(all, q)
	}
	all = slices.DeleteFunc(all, func(q query) bool { return !q.asked() })
	slices.SortFunc(all, func(a, b query) int {
		return cmp.Or(cmp.Compare(a.line, b.line), strings.Compare(a.what, b.what))
	})
	return all
}
