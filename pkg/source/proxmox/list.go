package proxmox

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"vmmp/pkg/source"
)

// resource is a guest as /cluster/resources lists it, by what the nodes have last told.
type resource struct {
	Type     string `json:"type"`
	VMID     number `json:"vmid"`
	Name     string `json:"name"`
	Node     string `json:"node"`
	Status   string `json:"status"`
	Lock     string `json:"lock"`
	Pool     string `json:"pool"`
	Tags     string `json:"tags"`
	Template number `json:"template"`
	CPU      number `json:"cpu"` // share of all its vCPUs
	Uptime   number `json:"uptime"`
}

// List returns the VMs of the cluster, but templates and containers, in the order of their names.
func (s *Source) List(ctx context.Context) ([]source.VM, error) {
	ctx, end := s.call(ctx, 0)
	defer end()
	all, err := s.resources(ctx)
	if err != nil {
		return nil, err
	}
	vms := make([]source.VM, 0, len(all))
	for _, r := range all {
		vms = append(vms, r.vm())
	}
	slices.SortFunc(vms, func(a, b source.VM) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.ID, b.ID))
	})
	return vms, nil
}

// resources returns the guests that are VMs.
func (s *Source) resources(ctx context.Context) ([]resource, error) {
	var all []resource
	if err := s.get(ctx, &all, url.Values{"type": {"vm"}}, "cluster", "resources"); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(r resource) bool {
		return r.Type != "qemu" || !r.VMID.known || r.Template.or(0) != 0
	}), nil
}

// id returns the number of the VM.
func (r resource) id() string { return strconv.FormatFloat(r.VMID.value, 'f', -1, 64) }

// states are Proxmox's, of a guest whose node tells.
var states = map[string]source.State{"running": source.Running, "stopped": source.Stopped, "paused": source.Paused}

// vm returns the VM. One without a name is called as Proxmox calls it.
func (r resource) vm() source.VM {
	vm := source.VM{ID: r.id(), Name: cmp.Or(r.Name, "VM "+r.id()), Host: r.Node, State: states[r.Status]}
	if r.Lock == "migrate" && vm.State == source.Running {
		vm.State = source.Migrating
	}
	for label, text := range map[string]string{"pool": r.Pool, "tags": r.Tags} {
		if text != "" {
			if vm.Labels == nil {
				vm.Labels = map[string]string{}
			}
			vm.Labels[label] = text
		}
	}
	return vm
}
