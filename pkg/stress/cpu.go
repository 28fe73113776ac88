package stress

import (
	"context"
	"math"
	"runtime"
	"time"
)

// cpuWorker computes for a share of the time, by the kernel's account of its
// thread. Its effort is in seconds of processor time.
type cpuWorker struct {
	ops   float64
	state uint64
	sum   float64
}

// cpuStep is the longest that a worker computes without looking up.
const cpuStep = 5 * time.Millisecond

func (c *cpuWorker) open(context.Context) error {
	runtime.LockOSThread() // for good: the account is of the thread, which ends with the worker
	c.state = 0x9e3779b97f4a7c15
	return nil
}

func (c *cpuWorker) step(_ time.Duration, owed float64) (float64, error) {
	from := threadTime()
	until := from + min(cpuStep, time.Duration(owed*float64(time.Second)))
	for threadTime() < until {
		c.compute()
	}
	return (threadTime() - from).Seconds(), nil
}

// compute executes one operation, of about ten microseconds: integers, floating point and
// a branch that cannot be foreseen.
func (c *cpuWorker) compute() {
	for range 1000 {
		c.state ^= c.state << 13
		c.state ^= c.state >> 7
		c.state ^= c.state << 17
		if c.state&1 == 0 {
			c.sum = math.Sqrt(c.sum + float64(c.state>>40))
		}
	}
	c.ops++
}

func (c *cpuWorker) work() float64 { return c.ops }
func (c *cpuWorker) close() error  { return nil }
