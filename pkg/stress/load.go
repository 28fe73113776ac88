package stress

import (
	"math"
	"time"
)

// Stressor names one kind of load.
type Stressor string

// The stressors, in stress-ng's words.
const (
	CPU Stressor = "cpu" // computes
	VM  Stressor = "vm"  // holds memory and writes to it
	IO  Stressor = "io"  // writes a little and syncs it
	HDD Stressor = "hdd" // writes a file, reads it back and empties it
)

// Load holds what to do to this machine.
type Load struct {
	CPU CPULoad
	VM  VMLoad
	IO  IOLoad
	HDD HDDLoad

	Folder  string        // where files are written; empty: os.TempDir
	Ramp    time.Duration // the load grows linearly from nothing during this time
	Timeout time.Duration // 0: until the context ends
	Nice    int           // by how much the process lowers its priority, 0 to 19
}

// CPULoad is for workers that compute.
type CPULoad struct {
	Workers int
	Share   float64 // of one core and each worker, 0.01 to 1
}

// VMLoad is for workers that hold memory. All amounts are of each worker.
type VMLoad struct {
	Workers    int
	Bytes      uint64
	WorkingSet uint64  // the part that is written over and over; 0: all of it
	DirtyRate  float64 // distinct bytes dirtied within a second; +Inf: as fast as can be
}

// IOLoad is for workers that sync.
type IOLoad struct{ Workers int }

// HDDLoad is for workers that write and read files.
type HDDLoad struct {
	Workers int
	Bytes   uint64 // of the file of each worker
}

// Unpaced is the DirtyRate of workers that write as fast as they can.
var Unpaced = math.Inf(1)

// Written returns the working set of one worker, in bytes.
func (v VMLoad) Written() uint64 {
	if v.WorkingSet == 0 {
		return v.Bytes
	}
	return v.WorkingSet
}

// Workers returns the number of workers of all stressors.
func (l Load) Workers() int {
	return l.CPU.Workers + l.VM.Workers + l.IO.Workers + l.HDD.Workers
}
