package prometheus

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"golang.org/x/sync/errgroup"

	"vmmp/pkg/source"
)

// listing is what the place runs at one moment of the server's clock.
type listing struct {
	at    time.Time // of the server's clock
	ahead time.Duration
	vms   map[string]*listed
}

// listed is a VM with the hosts that it is said to be on.
type listed struct {
	source.VM
	hosts []string
}

// List returns the VMs that the server tells of now, in the order of their names.
func (s *Source) List(ctx context.Context) ([]source.VM, error) {
	ctx, end := s.call(ctx)
	defer end()
	all, err := s.list(ctx, choice{})
	if err != nil {
		return nil, err
	}
	vms := make([]source.VM, 0, len(all.vms))
	for _, vm := range all.vms {
		vms = append(vms, vm.VM)
	}
	slices.SortFunc(vms, func(a, b source.VM) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID))
	})
	return vms, nil
}

// list asks which of the chosen VMs there are, and which of them are being migrated.
func (s *Source) list(ctx context.Context, chosen choice) (listing, error) {
	chosen.interval = s.mapping.interval
	var known, active []sample
	all, ctx := errgroup.WithContext(ctx)
	all.Go(func() (err error) {
		known, _, err = s.ask(ctx, s.mapping.vms.text.fill(s.mapping.vms.labels, chosen), time.Time{})
		return err
	})
	if q := s.mapping.active; q.asked() {
		all.Go(func() (err error) {
			active, _, err = s.ask(ctx, q.text.fill(q.labels, chosen), time.Time{})
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return listing{}, err
	}
	l := listing{vms: map[string]*listed{}}
	for _, sample := range known {
		l.add(sample, s.mapping)
	}
	l.mark(active, s.mapping.active.labels)
	return l, nil
}

// add takes a sample that tells of a VM. Of several that do, the one that says that it runs counts, and says where.
func (l *listing) add(sample sample, m Mapping) {
	if sample.at.After(l.at) {
		l.at, l.ahead = sample.at, time.Until(sample.at)
	}
	id := idOf(sample.metric, m.vms.labels)
	if id == "" {
		return
	}
	vm := toVM(id, sample, m)
	before, ok := l.vms[id]
	switch {
	case !ok || liveliness[vm.State] > liveliness[before.State]:
		l.vms[id] = &listed{VM: vm, hosts: []string{vm.Host}}
	case vm.State == before.State && !slices.Contains(before.hosts, vm.Host):
		before.hosts = append(before.hosts, vm.Host)
		before.Host = "" // which of them, nobody can tell
	}
}

// mark notes which VMs are being migrated.
func (l *listing) mark(active []sample, labels labels) {
	for _, sample := range active {
		vm, ok := l.vms[idOf(sample.metric, labels)]
		if ok && vm.State != source.Stopped && sample.value != 0 {
			vm.State = source.Migrating
		}
	}
}

// liveliness orders what several samples say of one VM.
var liveliness = map[source.State]int{
	source.Stopped: 0, source.Unknown: 1, source.Paused: 2, source.Running: 3, source.Migrating: 4,
}

// toVM returns the VM that a sample tells of.
func toVM(id string, sample sample, m Mapping) source.VM {
	l := m.vms.labels
	vm := source.VM{
		ID: id, Name: hostName(sample.metric[l.name]), Host: hostName(sample.metric[l.host]),
		State: m.state.of(sample), Labels: map[string]string{},
	}
	own := slices.Concat(l.names(), m.state.labels, []string{model.MetricNameLabel})
	for name, v := range sample.metric {
		if !slices.Contains(own, name) {
			vm.Labels[name] = v
		}
	}
	if len(vm.Labels) == 0 {
		vm.Labels = nil
	}
	return vm
}

// of returns the state that a sample tells.
func (s states) of(sample sample) source.State {
	for _, name := range s.labels {
		if v := sample.metric[name]; v != "" {
			return s.values[v]
		}
	}
	return s.values[strconv.FormatFloat(sample.value, 'f', -1, 64)]
}

// idOf returns the id of the VM that a sample is of; empty where it is of none.
func idOf(m map[string]string, l labels) string {
	name := m[l.name]
	if name == "" {
		return ""
	}
	return vmID(m[l.namespace], name)
}
