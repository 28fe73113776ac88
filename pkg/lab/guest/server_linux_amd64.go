package guest

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
)

// server answers the serial line and runs the workload. It answers one request at a time.
type server struct {
	memory  *memory
	disk    string // the block device to read and write
	cpus    int
	console io.Writer
	work    *Workload // nil before the first set
	workers *workers  // nil while stopped

	ticks              uint64 // counted by the ticker's thread
	written, diskBytes atomic.Uint64
}

// answer does what a request asks for.
func (s *server) answer(verb, arguments string) (string, error) {
	switch verb {
	case "ping":
		return greeting, nil
	case "set":
		return "", s.set(arguments)
	case "stat":
		return s.stat()
	case "sum":
		s.stop()
		return fmt.Sprintf("sum=%016x", s.memory.sum()), nil
	case "stop":
		s.stop()
		return "", nil
	case "go":
		return "", s.start()
	}
	return "", fmt.Errorf("unknown request %q; ask for ping, set, stat, sum, stop or go", verb)
}

// set puts one workload in the place of another. Where the new one cannot be, the guest is left stopped.
func (s *server) set(text string) error {
	w, err := ParseWorkload(text)
	if err = errors.Join(err, w.CheckKernel()); err != nil {
		return err
	}
	s.stop()
	s.work = nil
	if err := s.memory.hold(w.ResidentMiB, w.Content); err != nil {
		return err
	}
	s.work = &w
	return s.start()
}

// start runs the workload that was set; one that runs goes on.
func (s *server) start() error {
	if s.work == nil {
		return errors.New("no workload is set; set one first")
	}
	if s.workers != nil {
		return nil
	}
	set := s.memory.workingSet(s.work.WorkingSetMiB)
	w := &workers{console: s.console}
	if s.work.DiskMBs > 0 {
		d, err := openDisk(s.disk, s.work.DiskMBs, &s.diskBytes)
		if err != nil {
			return err
		}
		w.run(d.run)
	}
	for cpu := range s.cpus {
		if writer := newWriter(*s.work, set, cpu, s.cpus, rand.Uint64(), &s.written); !writer.idle() {
			w.run(writer.run)
		}
	}
	s.workers = w
	return nil
}

// stop ends the workload's threads and leaves its memory as it is.
func (s *server) stop() {
	if s.workers != nil {
		s.workers.end()
		s.workers = nil
	}
}

func (s *server) stat() (string, error) {
	total, available, err := readMemory()
	if err != nil {
		return "", err
	}
	return Stat{
		TotalMiB:     total,
		AvailableMiB: available,
		PagesWritten: s.written.Load(),
		Ticks:        atomic.LoadUint64(&s.ticks),
		DiskMB:       float64(s.diskBytes.Load()) / 1e6,
		UptimeS:      newMonotonicClock().now().Seconds(),
	}.String(), nil
}

// workers are the threads of a workload.
type workers struct {
	console io.Writer
	stop    atomic.Bool
	all     sync.WaitGroup
}

// run works on a thread of its own until the workers are ended. The thread ends with it, so that its affinity reaches
// nobody else.
func (w *workers) run(work func(stop *atomic.Bool) error) {
	w.all.Go(func() {
		runtime.LockOSThread()
		if err := work(&w.stop); err != nil {
			fmt.Fprintln(w.console, "vmmp guest:", err)
		}
	})
}

// end stops all and waits for them: a period or two.
func (w *workers) end() {
	w.stop.Store(true)
	w.all.Wait()
}
