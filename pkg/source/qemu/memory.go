package qemu

import (
	"context"
	"fmt"
	"os"
	"strings"

	"vmmp/pkg/host"
	"vmmp/pkg/migration"
	"vmmp/pkg/qmp/query"
)

const mib = 1 << 20

// hypervisor reads what runs the guest.
func (o *observer) hypervisor(ctx context.Context) error {
	v := o.q.Version()
	o.know(migration.HypervisorVersion, migration.VersionNumber(v.Major, v.Minor), "QMP greeting")
	accelerator, err := query.Accelerator(ctx, o.q)
	if err != nil {
		return o.refused(err, "what runs the guest")
	}
	kind, from := migration.HypervisorOther, "query-kvm"
	if v.AtLeast(10, 2) {
		from = "query-accelerators"
	}
	switch accelerator {
	case "":
		o.note("what runs the guest is not known: this QEMU only says that it is not KVM")
		return nil
	case "kvm":
		kind, o.kvm = migration.HypervisorKVM, true
	case "tcg":
		kind = migration.HypervisorTCG
	case "xen":
		kind = migration.HypervisorXen
	}
	o.know(migration.Hypervisor, float64(kind), from)
	return nil
}

// memory reads how much RAM there is.
func (o *observer) memory(ctx context.Context) error {
	size, err := query.MemorySize(ctx, o.q)
	if err != nil {
		return o.refused(err, "the size of RAM")
	}
	o.memoryMiB = float64(size) / mib
	o.know(migration.MemoryMiB, o.memoryMiB, "query-memory-size-summary")
	return nil
}

// backing reads what holds the RAM.
func (o *observer) backing(ctx context.Context) error {
	const from = "query-memdev"
	backends, err := query.Backends(ctx, o.q)
	if err != nil {
		return o.refused(err, "what holds the RAM")
	}
	if len(backends) == 0 {
		o.note("huge pages are not known: QEMU %s does not tell what holds the RAM", o.q.Version())
		return nil
	}
	for _, b := range backends {
		huge, err := o.huge(ctx, b)
		if err != nil {
			return o.refused(err, "huge pages")
		}
		switch huge {
		case unknown:
			return nil
		case yes:
			o.hugePages = true
			o.know(migration.HugePages, 1, from+", "+b.ID)
			return nil
		}
	}
	o.know(migration.HugePages, 0, from)
	return nil
}

// answer is one of yes and no, or neither.
type answer int

const (
	unknown answer = iota
	no
	yes
)

func answered(b bool) answer {
	if b {
		return yes
	}
	return no
}

// huge finds out whether a backend holds huge pages; what prevents it is noted.
func (o *observer) huge(ctx context.Context, b query.Backend) (answer, error) {
	switch b.Type {
	case "memory-backend-ram", "memory-backend-shm":
		return no, nil
	case "memory-backend-memfd":
		on, err := query.Get[bool](ctx, o.q, b.Path(), "hugetlb")
		return answered(on), err
	case "memory-backend-file":
		path, err := query.Get[string](ctx, o.q, b.Path(), "mem-path")
		if err != nil {
			return unknown, err
		}
		if o.vm.Host == "" {
			o.note("huge pages are not known: RAM lies in %s on QEMU's host, which is not this one", path)
			return unknown, nil
		}
		on, err := onHugePages(path)
		if err != nil {
			o.note("huge pages are not known: %v", err)
			return unknown, nil
		}
		return answered(on), nil
	}
	o.note("huge pages are not known: RAM is held by %s, a %q", b.ID, b.Type)
	return unknown, nil
}

// guestMemory reads how much of RAM is in use: by what the guest says, or by what this machine holds.
func (o *observer) guestMemory(ctx context.Context) error {
	told, err := o.balloon(ctx)
	if err != nil {
		return err
	}
	held, from, err := o.resident()
	if err != nil {
		o.note("memory held for the guest is not known: %v", err)
		return nil
	}
	o.know(migration.ResidentMiB, held.ResidentMiB, from)
	if os.Getpagesize() == 4<<10 { // that the page map is read in
		o.know(migration.ZeroTailMiB, held.ZeroTailMiB, from)
	}
	if !told {
		o.know(migration.MemoryUsage, 100*held.ResidentMiB/o.memoryMiB, from+", the share of RAM that is held")
	}
	return nil
}

// resident reads what this machine holds of the guest's RAM, and where that is told.
func (o *observer) resident() (held host.GuestRAM, from string, err error) {
	switch {
	case o.memoryMiB < 1:
		return held, "", fmt.Errorf("how much RAM there is is not known")
	case o.vm.Host == "":
		return held, "", fmt.Errorf("QEMU's process is none of this machine's; ask on its own host, by a unix socket")
	case o.hugePages:
		return held, "", fmt.Errorf("the kernel does not count huge pages as held")
	}
	held, err = host.ReadGuestRAM(o.q.process, int(o.memoryMiB))
	held.ResidentMiB = min(held.ResidentMiB, o.memoryMiB)
	if err != nil {
		err = fmt.Errorf("%w; root or the user that QEMU runs as may read it", err)
	}
	return held, fmt.Sprintf("/proc/%d/smaps and pagemap", o.q.process), err
}

// balloon reads what the guest's balloon driver tells, and reports whether it told how much is in use.
func (o *observer) balloon(ctx context.Context) (bool, error) {
	const what = "memory in use as the guest sees it"
	devices, err := query.Devices(ctx, o.q)
	if err != nil {
		return false, o.refused(err, what)
	}
	path := ""
	for _, d := range devices {
		if strings.HasPrefix(d.Type, "virtio-balloon") {
			path = d.Path
		}
	}
	if path == "" {
		o.note("%s is not known: the VM has no balloon device", what)
		return false, nil
	}
	if err := o.deflated(ctx); err != nil {
		return false, o.refused(err, "what the balloon leaves the guest")
	}
	interval, err := query.PollingInterval(ctx, o.q, path)
	if err != nil {
		return false, o.refused(err, what)
	}
	if interval == 0 {
		o.note("%s is not known: QEMU does not ask; `qom-set` guest-stats-polling-interval of %s to 2, say", what, path)
		return false, nil
	}
	m, err := query.BalloonMemory(ctx, o.q, path)
	if err != nil {
		return false, o.refused(err, what)
	}
	if m.At.IsZero() || m.Total <= 0 || m.Available < 0 || m.Available > m.Total {
		o.note("%s is not known: the guest's balloon driver has not told, or does not", what)
		return false, nil
	}
	o.knowAt(migration.MemoryUsage, 100*(1-m.Available/m.Total), "balloon guest-stats", m.At)
	return true, nil
}

// deflated notes where a balloon keeps RAM from the guest.
func (o *observer) deflated(ctx context.Context) error {
	actual, err := query.Balloon(ctx, o.q)
	if left := float64(actual) / mib; err == nil && left < o.memoryMiB {
		o.note("a balloon leaves the guest %.0f of its %.0f MiB of RAM (query-balloon)", left, o.memoryMiB)
	}
	return err
}
