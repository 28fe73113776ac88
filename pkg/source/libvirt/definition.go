package libvirt

import (
	"context"
	"encoding/xml"
	"fmt"
	"strings"

	golibvirt "github.com/digitalocean/go-libvirt"

	"vmmp/pkg/migration"
)

// A definition is what a domain's XML says that matters to its migration. Field names are those of the XML.
type definition struct {
	XMLName xml.Name `xml:"domain"`
	Type    string   `xml:"type,attr"`
	Title   string   `xml:"title"`
	// MemoryKiB is the RAM it may have; libvirt always gives it in KiB.
	MemoryKiB uint64    `xml:"memory"`
	Huge      *struct{} `xml:"memoryBacking>hugepages"`
	Ring      struct {
		State string `xml:"state,attr"`
	} `xml:"features>kvm>dirty-ring"`
	CPU []struct {
		Name   string `xml:"name,attr"`
		Policy string `xml:"policy,attr"`
	} `xml:"cpu>feature"`
	Timers []struct {
		Name      string `xml:"name,attr"`
		Frequency string `xml:"frequency,attr"`
	} `xml:"clock>timer"`
	Hostdevs    []hostdev `xml:"devices>hostdev"`
	Interfaces  []iface   `xml:"devices>interface"`
	Disks       []disk    `xml:"devices>disk"`
	Filesystems []struct {
		Driver struct {
			Type string `xml:"type,attr"`
		} `xml:"driver"`
		Target struct {
			Dir string `xml:"dir,attr"`
		} `xml:"target"`
	} `xml:"devices>filesystem"`
	Shmems []struct {
		Name string `xml:"name,attr"`
		Role string `xml:"role,attr"`
	} `xml:"devices>shmem"`
	TPMs []struct {
		Backend struct {
			Type string `xml:"type,attr"`
		} `xml:"backend"`
	} `xml:"devices>tpm"`
}

type hostdev struct {
	Mode    string  `xml:"mode,attr"`
	Type    string  `xml:"type,attr"`
	Teaming teaming `xml:"teaming"`
}

type iface struct {
	Type    string  `xml:"type,attr"`
	Teaming teaming `xml:"teaming"`
	MAC     struct {
		Address string `xml:"address,attr"`
	} `xml:"mac"`
}

type disk struct {
	Type   string `xml:"type,attr"`
	Target struct {
		Device string `xml:"dev,attr"`
	} `xml:"target"`
}

// teaming is how a passed-through interface says that the guest can do without it while it is moved.
type teaming struct {
	Type string `xml:"type,attr"`
}

// define reads a domain's XML as it runs.
func (c *client) define(ctx context.Context, domain golibvirt.Domain) (*definition, error) {
	text, err := patiently(ctx, c, func() (string, error) { return c.DomainGetXMLDesc(domain, 0) })
	if err != nil {
		return nil, err
	}
	return parseDefinition(text)
}

func parseDefinition(text string) (*definition, error) {
	d := &definition{}
	if err := xml.Unmarshal([]byte(text), d); err != nil {
		return nil, fmt.Errorf("read its XML: %w", err)
	}
	return d, nil
}

// hypervisor returns the value of migration.Hypervisor.
func (d *definition) hypervisor() float64 {
	switch d.Type {
	case "kvm":
		return migration.HypervisorKVM
	case "qemu":
		return migration.HypervisorTCG
	case "xen":
		return migration.HypervisorXen
	}
	return migration.HypervisorOther
}

// countsWrites reports whether QEMU can count every page that the guest dirties, by KVM's bitmap of them.
func (d *definition) countsWrites() bool { return d.Type == "kvm" && d.Ring.State != "on" }

// unmovable says what prevents a live migration, by the rules that libvirt holds a migration to and QEMU's own.
func (d *definition) unmovable() string {
	reasons := d.passedThrough()
	for _, f := range d.Filesystems {
		kind := "a folder of the host (9p)"
		if f.Driver.Type == "virtiofs" {
			kind = "a folder of the host (virtiofs, which only new versions of QEMU and virtiofsd move)"
		}
		reasons = append(reasons, fmt.Sprintf("it has %s as %s", kind, f.Target.Dir))
	}
	for _, s := range d.Shmems {
		if s.Role != "master" {
			reasons = append(reasons, fmt.Sprintf("it shares memory with others (shmem %s)", s.Name))
		}
	}
	for _, t := range d.TPMs {
		if t.Backend.Type == "passthrough" {
			reasons = append(reasons, "it uses the host's own TPM")
		}
	}
	for _, disk := range d.Disks {
		if disk.Type == "vhostuser" {
			reasons = append(reasons, fmt.Sprintf("disk %s is another process's (vhost-user)", disk.Target.Device))
		}
	}
	if d.boundToTSC() {
		reasons = append(reasons, "its processor has an invariant TSC (invtsc) without a frequency given")
	}
	return oneLine(strings.Join(reasons, "; "))
}

// passedThrough says which devices of the host the guest drives itself. Those that it is told to do without while it is
// moved do not count, nor does USB, which libvirt plugs anew.
func (d *definition) passedThrough() (reasons []string) {
	const transient = "transient"
	for _, h := range d.Hostdevs {
		if h.Type != "usb" && h.Teaming.Type != transient {
			reasons = append(reasons, fmt.Sprintf("a %s device of the host is passed through to it, "+
				"which moves only where its driver can", h.Type))
		}
	}
	for _, i := range d.Interfaces {
		if i.Type == "hostdev" && i.Teaming.Type != transient {
			reasons = append(reasons, fmt.Sprintf("its interface %s is a device of the host passed through to it, "+
				"which moves only where its driver can", i.MAC.Address))
		}
	}
	return reasons
}

// boundToTSC reports whether the guest relies on the very clock of this host's processor.
func (d *definition) boundToTSC() bool {
	for _, t := range d.Timers {
		if t.Name == "tsc" && t.Frequency != "" {
			return false
		}
	}
	for _, f := range d.CPU {
		if f.Name == "invtsc" && f.Policy != "disable" && f.Policy != "forbid" {
			return true
		}
	}
	return false
}
