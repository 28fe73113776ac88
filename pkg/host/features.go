package host

import "vmmp/pkg/migration"

// Features returns this machine described as the VM to migrate. What could not be
// read stays unknown; so does the line rate if the interface does not report it, as
// virtual ones do not.
func (s Snapshot) Features() migration.Features {
	var x migration.Features
	for f, v := range map[migration.Feature]float64{
		migration.CPULoad:          s.CPUPercent,
		migration.MemoryUsage:      s.MemoryPercent,
		migration.DiskIO:           s.DiskMBps,
		migration.NetworkBandwidth: s.LinkMbps,
		migration.MemoryMiB:        s.MemoryMiB,
		migration.ResidentMiB:      s.ResidentMiB,
		migration.VCPUs:            float64(s.CPUs),
	} {
		d := f.Definition()
		if v >= d.Min && v <= d.Max {
			x.Set(f, v)
		}
	}
	return x
}
