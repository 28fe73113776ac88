package guest

import (
	"fmt"
	"strconv"
)

// Stat is the state of a guest as it sees itself. The counters run from its boot and are kept over a migration, as the
// guest is.
type Stat struct {
	TotalMiB     float64 // the guest's memory, less what its kernel took at boot
	AvailableMiB float64 // what a workload could still take of it
	PagesWritten uint64  // 4 KiB pages that the writers wrote
	Ticks        uint64  // bytes that the ticker sent
	DiskMB       float64 // MB read and written
	UptimeS      float64 // seconds since boot on the guest's clock, which stops with the guest
}

// String returns the state in one line of key=value words, which parseStat reads back.
func (s Stat) String() string {
	return fmt.Sprintf("total_mib=%.1f available_mib=%.1f pages_written=%d ticks=%d disk_mb=%.3f uptime_s=%.3f",
		s.TotalMiB, s.AvailableMiB, s.PagesWritten, s.Ticks, s.DiskMB, s.UptimeS)
}

// parseStat reads what String wrote; keys that it does not know are left out.
func parseStat(text string) (Stat, error) {
	values, err := keyValues(text)
	if err != nil {
		return Stat{}, fmt.Errorf("read guest state: %w", err)
	}
	var s Stat
	for key, dst := range map[string]*float64{
		"total_mib": &s.TotalMiB, "available_mib": &s.AvailableMiB, "disk_mb": &s.DiskMB, "uptime_s": &s.UptimeS,
	} {
		if err := readNumber(dst, values[key]); err != nil {
			return Stat{}, fmt.Errorf("read guest state: %s: %w", key, err)
		}
	}
	for key, dst := range map[string]*uint64{"pages_written": &s.PagesWritten, "ticks": &s.Ticks} {
		if *dst, err = strconv.ParseUint(values[key], 10, 64); err != nil {
			return Stat{}, fmt.Errorf("read guest state: %s: %w", key, err)
		}
	}
	return s, nil
}
