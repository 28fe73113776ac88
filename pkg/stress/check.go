package stress

import (
	"fmt"
	"time"

	"vmmp/pkg/host"
	"vmmp/pkg/migration"
)

// maxWorkers bounds the workers of one stressor: each takes a thread.
const maxWorkers = 1024

// reserve returns what a load leaves of so many bytes of memory or disk: 64 MiB and a
// twentieth, for what else there is to run.
func reserve(bytes uint64) uint64 { return 64<<20 + bytes/20 }

// Check returns everything that is wrong with a load or that the machine has no room
// for, located by the words of stress-ng's options; nil where nothing is.
func (l Load) Check(room host.Room) migration.Faults {
	var c faults
	for _, w := range []struct {
		name  string
		count int
	}{{"cpu", l.CPU.Workers}, {"vm", l.VM.Workers}, {"io", l.IO.Workers}, {"hdd", l.HDD.Workers}} {
		if w.count < 0 || w.count > maxWorkers {
			c.add(w.name, w.count, "must be 0 to %d workers, not %d", maxWorkers, w.count)
		}
	}
	if l.CPU.Workers > 0 && !(l.CPU.Share >= 0.01 && l.CPU.Share <= 1) {
		c.add("cpu-load", 100*l.CPU.Share, "must be 1 to 100 %%, not %g", 100*l.CPU.Share)
	}
	l.times(&c)
	if l.Nice < 0 || l.Nice > 19 {
		c.add("nice", l.Nice, "must be 0 to 19, not %d: priority can only be lowered", l.Nice)
	}
	if l.VM.Workers > 0 {
		l.VM.check(&c)
	}
	if l.HDD.Workers > 0 && l.HDD.Bytes < blockBytes {
		c.add("hdd-bytes", l.HDD.Bytes, "must be %s or more, not %s", Size(blockBytes), Size(l.HDD.Bytes))
	}
	if len(c) == 0 { // amounts are only worth adding up when each makes sense
		l.room(&c, room)
	}
	return migration.Faults(c)
}

// faults gathers what is wrong.
type faults migration.Faults

func (c *faults) add(location string, value any, format string, args ...any) {
	*c = append(*c, migration.Fault{Location: location, Message: fmt.Sprintf(format, args...), Value: value})
}

func (l Load) times(c *faults) {
	for _, d := range []struct {
		name string
		time time.Duration
	}{{"timeout", l.Timeout}, {"ramp", l.Ramp}} {
		if d.time < 0 {
			c.add(d.name, d.time.String(), "must not be negative, as %v is", d.time)
		}
	}
	if l.Timeout > 0 && l.Ramp >= l.Timeout {
		c.add("ramp", l.Ramp.String(),
			"of %v is not over before the timeout of %v: the load would never be reached", l.Ramp, l.Timeout)
	}
}

func (v VMLoad) check(c *faults) {
	if v.Bytes < pageBytes {
		c.add("vm-bytes", v.Bytes, "must be %s or more, not %s", Size(pageBytes), Size(v.Bytes))
		return
	}
	set := v.Written()
	switch {
	case set > v.Bytes:
		c.add("vm-working-set", set, "of %s is more than the %s of vm-bytes, of which it is a part", Size(set), Size(v.Bytes))
	case set < pageBytes:
		c.add("vm-working-set", set, "must be %s or more, not %s", Size(pageBytes), Size(set))
	case v.DirtyRate < 0:
		c.add("vm-dirty-rate", v.DirtyRate, "must not be negative")
	case v.DirtyRate != Unpaced && v.DirtyRate > float64(set):
		c.add("vm-dirty-rate", v.DirtyRate, "of %s in a second is more than the working set of %s holds: "+
			"memory that is written twice within a second counts once; give more vm-bytes", Size(v.DirtyRate), Size(set))
	}
}

// room finds what the machine has no room for.
func (l Load) room(c *faults, r host.Room) {
	memory := float64(l.VM.Workers) * float64(l.VM.Bytes)
	files := float64(l.HDD.Workers)*float64(l.HDD.Bytes) + float64(l.IO.Workers)*syncBytes
	whose := "this machine has"
	if r.MemoryGroup != "" {
		whose = "the control group " + r.MemoryGroup + " leaves"
	}
	if spare := spare(r.MemoryBytes); l.VM.Workers > 0 && memory > spare {
		c.add("vm-bytes", l.VM.Bytes, "of %s come to %s of memory, and %s %s available; "+
			"%s or less each would leave a reserve",
			countOf(l.VM.Workers), Size(memory), whose, Size(r.MemoryBytes), Size(spare/float64(l.VM.Workers)))
	} else if r.DiskInMemory && files > 0 && memory+files > spare {
		c.add("temp-path", l.Folder, "keeps its files in memory: they come to %s with what vm takes, and %s %s available; "+
			"take less, or choose a folder on a disk", Size(memory+files), whose, Size(r.MemoryBytes))
	}
	if spare := spare(r.DiskBytes); files > spare {
		c.add("hdd-bytes", l.HDD.Bytes, "of %s come to %s of files, and the disk of the temporary folder has %s free; "+
			"take less, or another folder with temp-path", countOf(l.HDD.Workers), Size(files), Size(r.DiskBytes))
	}
}

// spare returns what may be taken of so many bytes.
func spare(bytes uint64) float64 { return float64(bytes - min(bytes, reserve(bytes))) }

// countOf returns a number of workers in words.
func countOf(workers int) string {
	if workers == 1 {
		return "1 worker"
	}
	return fmt.Sprintf("%d workers", workers)
}
