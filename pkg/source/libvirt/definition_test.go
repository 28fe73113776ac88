package libvirt

import (
	"strings"
	"testing"
)

func TestUnmovable(t *testing.T) {
	for xml, want := range map[string]string{
		``: "",
		`<devices><disk type='file'/><interface type='bridge'/><interface type='vhostuser'/></devices>`:  "",
		`<devices><hostdev mode='subsystem' type='pci'/></devices>`:                                      "a pci device",
		`<devices><hostdev mode='subsystem' type='mdev'/></devices>`:                                     "a mdev device",
		`<devices><hostdev mode='subsystem' type='usb'/></devices>`:                                      "",
		`<devices><hostdev type='pci'><teaming type='transient' persistent='ua-1'/></hostdev></devices>`: "",
		`<devices><interface type='hostdev'><mac address='52:54:00:00:00:01'/></interface></devices>`:    "interface 52:54:00:00:00:01",
		`<devices><interface type='hostdev'><teaming type='transient'/></interface></devices>`:           "",
		`<devices><filesystem><driver type='virtiofs'/><target dir='share'/></filesystem></devices>`:     "virtiofs",
		`<devices><filesystem type='mount'><target dir='share'/></filesystem></devices>`:                 "(9p) as share",
		`<devices><shmem name='s'/></devices>`:                                                           "shmem s",
		`<devices><shmem name='s' role='master'/></devices>`:                                             "",
		`<devices><tpm><backend type='passthrough'/></tpm></devices>`:                                    "TPM",
		`<devices><tpm><backend type='emulator'/></tpm></devices>`:                                       "",
		`<devices><disk type='vhostuser'><target dev='vda'/></disk></devices>`:                           "disk vda",
		`<cpu><feature policy='require' name='invtsc'/></cpu>`:                                           "invtsc",
		`<cpu><feature policy='disable' name='invtsc'/></cpu>`:                                           "",
		`<cpu><feature policy='require' name='invtsc'/></cpu>
			<clock><timer name='tsc' frequency='2400000000'/></clock>`: "",
		`<devices><tpm><backend type='passthrough'/></tpm><hostdev type='pci'/></devices>`: "; it uses the host's own TPM",
	} {
		d, err := parseDefinition("<domain type='kvm'>" + xml + "</domain>")
		if err != nil {
			t.Fatal(err)
		}
		if got := d.unmovable(); got != want && (want == "" || !strings.Contains(got, want)) {
			t.Errorf("%s: %q, want %q", xml, got, want)
		}
	}
}

func TestCountsWrites(t *testing.T) {
	for xml, want := range map[string]bool{
		`<domain type='kvm'/>`: true, `<domain type='qemu'/>`: false,
		`<domain type='kvm'><features><kvm><dirty-ring state='on' size='4096'/></kvm></features></domain>`:  false,
		`<domain type='kvm'><features><kvm><dirty-ring state='off' size='4096'/></kvm></features></domain>`: true,
	} {
		d, err := parseDefinition(xml)
		if err != nil || d.countsWrites() != want {
			t.Errorf("%s: %+v, %v", xml, d, err)
		}
	}
}
