package libvirt

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"

	golibvirt "github.com/digitalocean/go-libvirt"

	"vmmp/pkg/source"
)

// List returns the domains, running or not, in the order of their names, each with its title as a label. It takes one
// call, and a short one or two for each domain.
func (s *Source) List(ctx context.Context) ([]source.VM, error) {
	c, err := s.client(ctx)
	if err != nil {
		return nil, err
	}
	samples, err := c.samples(ctx, nil, golibvirt.DomainStatsState)
	if err != nil {
		return nil, s.wrap("list domains", err)
	}
	vms := make([]source.VM, len(samples))
	sideBySide(len(samples), callsAtOnce, func(i int) { vms[i] = c.listed(ctx, samples[i]) })
	if err := ctx.Err(); err != nil {
		return nil, s.wrap("list domains", err)
	}
	slices.SortFunc(vms, func(a, b source.VM) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID))
	})
	return vms, nil
}

// listed returns a domain as List has it. What cannot be read of it is left out.
func (c *client) listed(ctx context.Context, s sample) source.VM {
	var job params
	if s.running() {
		job, _ = c.job(ctx, s.domain) // a domain whose job cannot be read is listed as its state says
	}
	vm := source.VM{ID: formatUUID(s.domain.UUID), Name: s.domain.Name, Host: c.host, State: s.state(job)}
	title, err := patiently(ctx, c, func() (string, error) {
		return c.DomainGetMetadata(s.domain, int32(golibvirt.DomainMetadataTitle), nil, 0)
	})
	if err == nil && title != "" {
		vm.Labels = map[string]string{"title": oneLine(title)}
	}
	return vm
}

// formatUUID returns a UUID as people write it.
func formatUUID(id golibvirt.UUID) string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[0:4], id[4:6], id[6:8], id[8:10], id[10:16])
}

// domainOf returns the domain that a VM is.
func domainOf(vm source.VM) (golibvirt.Domain, error) {
	d := golibvirt.Domain{Name: vm.Name, ID: -1}
	digits, err := hex.DecodeString(strings.ReplaceAll(vm.ID, "-", ""))
	if err != nil || len(digits) != len(d.UUID) {
		return d, fmt.Errorf("%w: %q is no UUID, by which libvirt knows its domains", source.ErrUnknownVM, vm.ID)
	}
	copy(d.UUID[:], digits)
	return d, nil
}

// sideBySide calls f for each of n, at most so many at once.
func sideBySide(n, atOnce int, f func(i int)) {
	slots := make(chan struct{}, atOnce)
	var all sync.WaitGroup
	for i := range n {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			f(i)
		})
	}
	all.Wait()
}
