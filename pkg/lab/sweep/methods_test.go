package sweep

import (
	"os"
	"strings"
	"testing"
	"time"

	"vmmp/pkg/lab"
	"vmmp/pkg/lab/guest"
	"vmmp/pkg/lab/link"
)

// planAt reads a committed plan.
func planAt(t testing.TB, name string) Plan {
	t.Helper()
	f, err := os.Open("../../../testdata/migrations/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := ReadPlan(f)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// counted returns what share of the plan's own migrations is so.
func counted(p Plan, is func(Planned) bool) float64 {
	n, all := 0., 0.
	for _, m := range p.Migrations() {
		if m.Repeat > 0 {
			continue
		}
		all++
		if is(m) {
			n++
		}
	}
	return n / all
}

func TestTheKVMPlanHasAllMethods(t *testing.T) {
	p := planAt(t, "kvm/plan.yaml")
	for name, test := range map[string]struct {
		is          func(Planned) bool
		least, most float64
	}{
		"post-copy":        {func(m Planned) bool { return m.Move.Method == lab.Postcopy }, p.Postcopy, p.Postcopy},
		"late post-copy":   {func(m Planned) bool { return m.Move.PostcopyFrom > 0 }, 0.4 * p.Postcopy, 0.6 * p.Postcopy},
		"multifd":          {func(m Planned) bool { return m.Move.Channels > 0 }, p.Multifd, p.Multifd},
		"zstd":             {func(m Planned) bool { return m.Move.Compression == lab.Zstd }, 0.15 * p.Multifd, 0.25 * p.Multifd},
		"zlib":             {func(m Planned) bool { return m.Move.Compression == lab.Zlib }, 0.05 * p.Multifd, 0.25 * p.Multifd},
		"xbzrle":           {func(m Planned) bool { return m.Move.XBZRLE }, p.XBZRLE, p.XBZRLE},
		"TLS":              {func(m Planned) bool { return m.Move.TLS }, 0.6 * p.TLS, p.TLS},
		"loopback":         {func(m Planned) bool { return m.Move.LoopbackMbps > 0 }, p.Loopback, p.Loopback},
		"uncapped":         {func(m Planned) bool { return m.Move.LoopbackMbps > 0 && m.Move.CapMbps == 0 }, 0.1 * p.Loopback, 0.2 * p.Loopback},
		"a dirty ring":     {func(m Planned) bool { return m.Setting.Machine.DirtyRing > 0 }, p.DirtyRing, p.DirtyRing},
		"a display":        {func(m Planned) bool { return m.Setting.Machine.Display }, p.Display, p.Display},
		"freed memory":     {func(m Planned) bool { return m.Setting.Workload.FreedMiB > 0 }, 0.9 * p.Freed, p.Freed},
		"a hot set":        {func(m Planned) bool { return m.Setting.Workload.HotMiB > 0 }, 0.7 * p.Hot, p.Hot},
		"zeros first":      {func(m Planned) bool { return m.Setting.Workload.Layout == guest.ZerosFirst }, 0.25, 0.25},
		"repeated content": {func(m Planned) bool { return m.Setting.Workload.Content == guest.RepeatedContent }, p.Repeated, p.Repeated},
		"idle":             {func(m Planned) bool { return m.Setting.Workload.DirtyRate == 0 }, p.Idle, p.Idle},
	} {
		if share := counted(p, test.is); share < test.least-0.012 || share > test.most+0.012 {
			t.Errorf("%s: %.3f of all, want %.3f to %.3f", name, share, test.least, test.most)
		}
	}
}

// What a guest or QEMU refuses would end a recording in the middle of the night.
func TestEveryPlannedMigrationCanBe(t *testing.T) {
	for _, name := range []string{"kvm/plan.yaml", "kvm/plan-2.yaml", "kvm/plan-3.yaml", "lab/plan-2.yaml", "long-used/plan.yaml", "zeros-inside/plan.yaml", "large-initramfs/plan.yaml"} {
		p := planAt(t, name)
		for _, m := range p.Migrations() {
			w, move := m.Setting.Workload, m.Move
			if err := w.Validate(); err != nil {
				t.Errorf("%s: %v", m.ID, err)
			}
			if p.Guest == lab.BareMetal && w.ResidentMiB+w.FreedMiB > m.Setting.Machine.MemoryMiB-2 {
				t.Errorf("%s: %d and %d MiB of %d", m.ID, w.ResidentMiB, w.FreedMiB, m.Setting.Machine.MemoryMiB)
			}
			if p.Guest != lab.BareMetal && w.CheckKernel() != nil {
				t.Errorf("%s: %v", m.ID, w.CheckKernel())
			}
			if move.Channels > 0 && (move.XBZRLE || move.Method == lab.Postcopy) || move.Compression != "" && move.Channels == 0 {
				t.Errorf("%s: methods that exclude each other: %+v", m.ID, move)
			}
			if move.LoopbackMbps > 0 && move.Link != (link.Link{}) {
				t.Errorf("%s: over loopback and a link", m.ID)
			}
			sent := p.firstPassMiB(m.Setting)
			most := max(p.FirstPass, sent/(p.LinkMbps[1]*mibPerMbit)) // by the fastest link that there is
			if pass := sent / roundRate(move); p.TimeoutS > 0 && pass > most*1.02 {
				t.Errorf("%s: a first pass of %.1f s", m.ID, pass)
			}
			if move.Timeout != time.Duration(p.TimeoutS*float64(time.Second)) || m.Site != p.SiteName() {
				t.Errorf("%s: timeout %v, site %s", m.ID, move.Timeout, m.Site)
			}
		}
	}
}

func TestPlatformsAndMethodsThatCannotBe(t *testing.T) {
	for name, test := range map[string]struct{ add, want string }{
		"a wrong guest":           {"guest: windows", `guest is "windows"`},
		"a wrong accelerator":     {"accelerator: xen", `accelerator is "xen"`},
		"a wrong board":           {"boards: [isapc]", `board is "isapc"`},
		"a ring without KVM":      {"dirty_ring: 0.5", "dirty_ring is for the accelerator kvm"},
		"too much padding":        {"padding_mib: 5000", "padding_mib is 5000"},
		"too much of methods":     {"postcopy: 0.6, multifd: 0.6", "postcopy, multifd and xbzrle is 1.2"},
		"no share":                {"tls: -1", "tls is -1"},
		"loopback of no rate":     {"loopback: 0.5, cap_mbps: [1, 2]", "loopback_mbps is 0; give what iperf measures"},
		"loopback of no caps":     {"loopback: 0.5, loopback_mbps: 9", "cap_mbps must be two numbers"},
		"a wrong time":            {"timeout_s: -3", "timeout_s is -3"},
		"a wrong layout":          {"layouts: [middle]", `layout is "middle"`},
		"more words than a page":  {"changed: [2000]", "changed is 2000"},
		"two vCPUs of bare metal": {"guest: baremetal, vcpus: [2]", "the bare-metal guest has one"},
	} {
		text := smallPlan
		if strings.Contains(test.add, "vcpus") {
			text = strings.Replace(text, "vcpus: [1], ", "", 1)
		}
		_, err := ReadPlan(strings.NewReader(strings.TrimSuffix(text, "}") + ", " + test.add + "}"))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

// A plan of before there were methods draws as it did.
func TestPlansWithoutMethodsAreAsTheyWere(t *testing.T) {
	m := planAt(t, "lab/plan-2.yaml").Migrations()[3]
	if m.ID != "lab2-0000-4" || m.Setting.Workload.String() != firstOfLab2 {
		t.Errorf("%s is %s, want %s", m.ID, m.Setting.Workload, firstOfLab2)
	}
	w := m.Move
	if w.Method != lab.Precopy || w.Channels != 0 || w.XBZRLE || w.TLS || w.LoopbackMbps != 0 || w.Timeout != 0 || m.Setting.Machine.Board != "" {
		t.Errorf("%+v", w)
	}
}

// firstOfLab2 is what was recorded of it.
const firstOfLab2 = "cpu=0 resident=17 content=random dirty=29.5 ws=2 pattern=sequential disk=0"
