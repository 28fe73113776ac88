package proxmox

import (
	"context"
	"math"
	"strconv"
	"strings"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/source"
)

// status is what QEMU tells of a VM now.
type status struct {
	at        time.Time
	Status    string `json:"status"`
	QMPStatus string `json:"qmpstatus"`
	Lock      string `json:"lock"`
	CPUs      number `json:"cpus"`
	MaxMem    number `json:"maxmem"`
	MemHost   number `json:"memhost"`
	DiskRead  number `json:"diskread"`
	DiskWrite number `json:"diskwrite"`
	QEMU      string `json:"running-qemu"`
	Balloon   struct {
		Total number `json:"total_mem"`
		Free  number `json:"free_mem"`
	} `json:"ballooninfo"`
}

// status asks for that of a VM.
func (s *Source) status(ctx context.Context, vm source.VM) (status, error) {
	var now status
	err := s.get(ctx, &now, nil, "nodes", vm.Host, "qemu", vm.ID, "status", "current")
	now.at = time.Now()
	return now, err
}

// state returns what the VM does, by QEMU itself.
func (s status) state() source.State {
	switch {
	case s.Status != "running":
		return states[s.Status]
	case s.Lock == "migrate":
		return source.Migrating
	case s.QMPStatus == "paused" || s.QMPStatus == "suspended":
		return source.Paused
	}
	return source.Running
}

// memoryUsage returns the share of its memory that the guest uses, in percent, NaN where no balloon driver tells.
func (s status) memoryUsage() float64 {
	if !s.Balloon.Free.known {
		return math.NaN()
	}
	return 100 * (1 - s.Balloon.Free.value/s.Balloon.Total.positive())
}

// resident returns the MiB that the VM's control group holds, at most its RAM: QEMU's own memory counts there too.
func (s status) resident() float64 {
	return min(s.MemHost.positive(), s.MaxMem.positive()) / (1 << 20)
}

// diskIO returns the MB/s between two samples, NaN where one of them has no counters or QEMU was started between them.
func diskIO(before, after status) float64 {
	bytes := 0.0
	for _, pair := range [][2]number{{before.DiskRead, after.DiskRead}, {before.DiskWrite, after.DiskWrite}} {
		if !pair[0].known || !pair[1].known || pair[1].value < pair[0].value {
			return math.NaN()
		}
		bytes += pair[1].value - pair[0].value
	}
	seconds := after.at.Sub(before.at).Seconds()
	if seconds <= 0 {
		return math.NaN()
	}
	return bytes / seconds / 1e6
}

// version returns the release of the QEMU that runs, NaN of none that is known.
func (s status) version() float64 {
	parts := strings.Split(s.QEMU, ".")
	if len(parts) < 2 {
		return math.NaN()
	}
	major, errMajor := strconv.Atoi(parts[0])
	minor, errMinor := strconv.Atoi(parts[1])
	if errMajor != nil || errMinor != nil || minor < 0 || minor > 99 {
		return math.NaN()
	}
	return migration.VersionNumber(major, minor)
}
