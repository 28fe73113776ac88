package printout

import (
	"math"

	"vmmp/pkg/migration"
)

// job is what QEMU counts of a migration, under whatever names; NaN is what is not told.
type job struct {
	elapsedMS, downtimeMS, expectedMS    float64
	totalMiB, remainingMiB, transferred  float64 // MiB, transferred on the wire
	pageBytes, dirtyPages, dirtyMiB      float64 // dirty pages and MiB in a second
	syncs, mbps, zeroPages, normalPages  float64
	throttle, postcopyRequests, vfioSent float64 // %, a count, MiB
}

// unknownJob returns a job of which nothing is told.
func unknownJob() job {
	nan := math.NaN()
	return job{nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan}
}

// mib returns so many pages as MiB.
func (j *job) mib(pages float64) float64 { return pages * j.pageBytes / (1 << 20) }

// dirtyRate returns the MiB dirtied in a second, NaN where it is not told: 0 is what QEMU tells before its first
// measurement.
func (j *job) dirtyRate() float64 {
	if v := positive(j.mib(j.dirtyPages)); !math.IsNaN(v) {
		return v
	}
	return positive(j.dirtyMiB)
}

// sample returns how the migration goes.
func (j *job) sample() migration.Sample {
	s := migration.Sample{Seconds: j.elapsedMS / 1000, RemainingMiB: j.remainingMiB, TransferredMiB: j.transferred,
		DirtyRate: j.dirtyRate(), Mbps: j.mbps, ExpectedDowntimeMS: j.expectedMS, Throttle: j.throttle / 100,
		ZeroMiB: j.mib(j.zeroPages)}
	if j.syncs > 0 && j.syncs < math.MaxInt32 {
		s.Rounds = int(j.syncs)
	}
	return s
}

// resident returns the MiB that held something, NaN unless every page was sent about once.
func (j *job) resident() float64 {
	sent := j.mib(j.zeroPages + j.normalPages)
	if !(sent >= 0.9*j.totalMiB && sent <= 1.1*j.totalMiB) {
		return math.NaN()
	}
	return max(0, j.totalMiB-j.mib(j.zeroPages))
}

// tell tells what the job says of the VM, by the tool of that name.
func (j *job) tell(r *Report, tool string) {
	r.told(migration.MemoryMiB, positive(j.totalMiB), tool+", total memory")
	r.told(migration.ResidentMiB, j.resident(), tool+", total memory less pages of zeros")
	r.told(migration.VFIOMiB, positive(j.vfioSent), tool+", transferred by VFIO")
	if j.throttle > 0 {
		r.told(migration.AutoConverge, 1, tool+", throttle")
	}
	if j.postcopyRequests > 0 {
		r.told(migration.Method, migration.MethodPostcopy, tool+", requests of post-copy")
	}
	if r.Ended == nil {
		r.told(migration.DirtyRate, j.dirtyRate(), tool+", dirty rate of the running migration")
		r.told(migration.NetworkBandwidth, positive(j.mbps), tool+", throughput of the running migration")
	}
}

// runs makes the report one of a migration under way.
func (j *job) runs(r *Report, tool string) {
	r.Samples = append(r.Samples, j.sample())
	j.tell(r, tool)
}

// ended makes the report one of a migration that is over.
func (j *job) ended(r *Report, tool string, status migration.Status, reason string) {
	o := migration.UnknownOutcome()
	o.Status, o.TotalTimeMS = status, positive(j.elapsedMS)
	o.TransferredMiB, o.Rounds = positive(j.transferred), positive(j.syncs)
	if status == migration.Completed {
		o.DowntimeMS = j.downtimeMS
	}
	r.end(o, reason)
	j.tell(r, tool)
}

// qemuStatus says what became of a migration in the words of QEMU's MigrationStatus.
func (j *job) qemuStatus(r *Report, tool, status, reason string) {
	switch status {
	case "completed":
		j.ended(r, tool, migration.Completed, "")
	case "failed":
		j.ended(r, tool, migration.Failed, reason)
	case "cancelled":
		j.ended(r, tool, migration.NotConverged, "cancelled")
	case "none", "":
		r.Fault = "tells of no migration: none was begun, or the VM has only received one; ask the QEMU that sends"
	case "postcopy-active", "postcopy-paused", "postcopy-recover":
		r.told(migration.Method, migration.MethodPostcopy, tool+", status")
		j.runs(r, tool)
	default:
		j.runs(r, tool)
	}
}
