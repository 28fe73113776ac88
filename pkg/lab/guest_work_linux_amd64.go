package lab

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
)

// guest is what answers the serial line, and the workload it runs. One request is
// answered at a time.
type guest struct {
	memory  *guestMemory
	disk    string // the block device to read and write
	cpus    int
	console io.Writer
	work    *Workload // nil before the first set
	crew    *crew     // nil while stopped

	ticks              uint64 // counted by the ticker's thread
	written, diskBytes atomic.Uint64
}

// answer does what a request asks for.
func (g *guest) answer(verb, arguments string) (string, error) {
	switch verb {
	case "ping":
		return guestGreeting, nil
	case "set":
		return "", g.set(arguments)
	case "stat":
		return g.stat()
	case "sum":
		g.stop()
		return fmt.Sprintf("sum=%016x", g.memory.sum()), nil
	case "stop":
		g.stop()
		return "", nil
	case "go":
		return "", g.start()
	}
	return "", fmt.Errorf("unknown request %q; ask for ping, set, stat, sum, stop or go", verb)
}

// set puts one workload in the place of another. Where the new one cannot be, the
// guest is left stopped.
func (g *guest) set(text string) error {
	w, err := ParseWorkload(text)
	if err != nil {
		return err
	}
	g.stop()
	g.work = nil
	if err := g.memory.hold(w.ResidentMiB, w.Content); err != nil {
		return err
	}
	g.work = &w
	return g.start()
}

// start runs the workload that was set; one that runs goes on.
func (g *guest) start() error {
	if g.work == nil {
		return errors.New("no workload is set; set one first")
	}
	if g.crew != nil {
		return nil
	}
	set := g.memory.workingSet(g.work.WorkingSetMiB)
	c := &crew{console: g.console}
	if g.work.DiskMBs > 0 {
		d, err := openDisk(g.disk, g.work.DiskMBs, &g.diskBytes)
		if err != nil {
			return err
		}
		c.run(d.run)
	}
	for cpu := range g.cpus {
		if w := newWriter(*g.work, set, cpu, g.cpus, rand.Uint64(), &g.written); !w.idle() {
			c.run(w.run)
		}
	}
	g.crew = c
	return nil
}

// stop ends the workload's threads and leaves its memory as it is.
func (g *guest) stop() {
	if g.crew != nil {
		g.crew.end()
		g.crew = nil
	}
}

func (g *guest) stat() (string, error) {
	total, available, err := readMemory()
	if err != nil {
		return "", err
	}
	return guestStat{
		TotalMiB:     total,
		AvailableMiB: available,
		PagesWritten: g.written.Load(),
		Ticks:        atomic.LoadUint64(&g.ticks),
		DiskMB:       float64(g.diskBytes.Load()) / 1e6,
		UptimeS:      newGuestClock().now().Seconds(),
	}.String(), nil
}

// crew is the threads of a workload.
type crew struct {
	console io.Writer
	stop    atomic.Bool
	all     sync.WaitGroup
}

// run works on a thread of its own until the crew ends. The thread ends with it, so
// that its affinity reaches nobody else.
func (c *crew) run(work func(stop *atomic.Bool) error) {
	c.all.Go(func() {
		runtime.LockOSThread()
		if err := work(&c.stop); err != nil {
			fmt.Fprintln(c.console, "vmmp guest:", err)
		}
	})
}

// end stops all and waits for them: a period or two.
func (c *crew) end() {
	c.stop.Store(true)
	c.all.Wait()
}
