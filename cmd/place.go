package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"vmmp/configs/sources"
	"vmmp/pkg/source"
	"vmmp/pkg/source/places"
)

// placeFlags name the place whose VMs are asked about.
type placeFlags struct {
	libvirt    string
	qmp        string
	prometheus string
	proxmox    string
	mapping    string
	timeout    time.Duration
}

// byDefault is what a flag holds whose value was left out.
const byDefault = "default"

// add declares the flags.
func (f *placeFlags) add(set *pflag.FlagSet) {
	set.StringVar(&f.libvirt, "libvirt", "", "ask the libvirt of this URI, or of this machine")
	set.Lookup("libvirt").NoOptDefVal = byDefault
	set.StringVar(&f.qmp, "qmp", "", "ask the QEMU whose QMP monitor listens at this socket, or host:port")
	set.StringVar(&f.prometheus, "prometheus", "", "ask the Prometheus of this URL, as --mapping says")
	set.StringVar(&f.proxmox, "proxmox", "",
		"ask the Proxmox VE cluster at this URL, with the token of VMMP_PROXMOX_TOKEN")
	set.StringVar(&f.mapping, "mapping", "kubevirt", "how VMs are found in Prometheus: a name, or a file")
	set.DurationVar(&f.timeout, "place-timeout", 30*time.Second, "how long a place may take to answer")
}

// flags returns the names of the places that are named.
func (f *placeFlags) flags() []string {
	var named []string
	for name, value := range map[string]string{
		"--libvirt": f.libvirt, "--qmp": f.qmp, "--prometheus": f.prometheus, "--proxmox": f.proxmox,
	} {
		if value != "" {
			named = append(named, name)
		}
	}
	slices.Sort(named)
	return named
}

// errNoPlace asks where a VM is to be looked for.
var errNoPlace = errors.New("say where: --libvirt [URI], --qmp SOCKET, --prometheus URL or --proxmox URL")

// check refuses none, or more than one, and what belongs to another place.
func (f *placeFlags) check(given map[string]bool) error {
	switch named := f.flags(); {
	case len(named) == 0:
		return errNoPlace
	case len(named) > 1:
		return fmt.Errorf("%s are places of their own: take one at a time", strings.Join(named, " and "))
	case given["mapping"] && f.prometheus == "":
		return errors.New("--mapping is of --prometheus, and that was not given")
	case f.timeout <= 0:
		return fmt.Errorf("--place-timeout %v must be above 0", f.timeout)
	}
	return nil
}

// takeURI takes the URI that was written behind --libvirt with a space, as if it were the name of a VM.
func (f *placeFlags) takeURI(args []string) []string {
	if f.libvirt != byDefault {
		return args
	}
	for i, a := range args {
		if strings.Contains(a, "://") || strings.HasPrefix(a, "qemu:") {
			f.libvirt = a
			return slices.Delete(slices.Clone(args), i, i+1)
		}
	}
	return args
}

// open connects to the place.
func (f *placeFlags) open(ctx context.Context) (source.Source, error) {
	s, err := places.Open(ctx, f.address(), places.Options{Mappings: sources.Mappings, Timeout: f.timeout})
	if errors.Is(err, places.ErrAddress) {
		return nil, usage(err)
	}
	return s, err
}

// address returns that of the place, as a server's configuration has it, too.
func (f *placeFlags) address() string {
	switch {
	case f.libvirt == byDefault:
		return "libvirt:"
	case f.libvirt != "":
		return "libvirt:" + f.libvirt
	case f.qmp != "":
		return "qmp:" + f.qmp
	case f.proxmox != "":
		return "proxmox:" + f.proxmox
	}
	return "prometheus:" + f.prometheus + "#" + f.mapping
}
