package host

import (
	"context"
	"errors"
	"math"
	"sync"
	"testing"
	"time"
)

// made is a machine of which a test decides the time and the counters.
type made struct {
	sample
	reads int
	err   error
}

func (m *made) sampler(t *testing.T) *Sampler {
	t.Helper()
	s, err := newSampler(t.Context(), func(context.Context) (sample, error) {
		m.reads++
		return m.sample, m.err
	}, func() time.Time { return m.at })
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// pass lets time pass during which two of the four processors are busy and a disk
// moves 3 MB a second.
func (m *made) pass(d time.Duration) {
	m.at = m.at.Add(d)
	m.busy += 2 * d.Seconds()
	m.idle += 2 * d.Seconds()
	m.disks = map[string]uint64{"sda": m.disks["sda"] + uint64(3e6*d.Seconds()), "sdb": 0}
}

func since(t *testing.T, s *Sampler) Snapshot {
	t.Helper()
	told, err := s.Since(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return told
}

func TestSamplerTellsWhatHappenedSince(t *testing.T) {
	first, _ := pair()
	m := made{sample: first}
	s := m.sampler(t)
	for _, passed := range []time.Duration{time.Second, 15 * time.Second, time.Hour} {
		m.pass(passed)
		told := since(t, s)
		if !same(told.CPUPercent, 50) || !same(told.DiskMBps, 3) || told.Interval != passed || !told.At.Equal(m.at) {
			t.Errorf("after %v: %+v", passed, told)
		}
	}
}

// Within a second the machine is not read anew, and the time counts for the next
// answer.
func TestSamplerKeepsItsAnswerForASecond(t *testing.T) {
	first, _ := pair()
	m := made{sample: first}
	s := m.sampler(t)
	m.pass(2 * time.Second)
	told := since(t, s)
	for range 9 {
		m.pass(100 * time.Millisecond)
		m.busy += 0.1 // busier than before
		if again := since(t, s); again != told || m.reads != 2 {
			t.Fatalf("%+v after %d readings, want %+v", again, m.reads, told)
		}
	}
	m.pass(100 * time.Millisecond)
	if next := since(t, s); next.Interval != time.Second || !(next.CPUPercent > told.CPUPercent) {
		t.Errorf("a second later: %+v", next)
	}
}

// Where nothing has happened yet, levels are known and rates are not.
func TestSamplerAtOnce(t *testing.T) {
	first, _ := pair()
	m := made{sample: first}
	told := since(t, m.sampler(t))
	if told.MemoryMiB != 8192 || told.ResidentMiB != 0 || told.CPUs != 4 {
		t.Errorf("levels: %+v", told)
	}
	for _, rate := range []float64{told.CPUPercent, told.DiskMBps, told.TrafficMbps} {
		if !math.IsNaN(rate) {
			t.Errorf("a rate over no time: %+v", told)
		}
	}
}

// What could not be read is told, and loses nothing of what is told afterwards.
func TestSamplerAfterAFault(t *testing.T) {
	first, _ := pair()
	m := made{sample: first}
	s := m.sampler(t)
	m.pass(5 * time.Second)
	m.err = errors.New("no counters")
	if _, err := s.Since(t.Context()); !errors.Is(err, m.err) {
		t.Errorf("err = %v", err)
	}
	m.err = nil
	m.pass(5 * time.Second)
	if told := since(t, s); told.Interval != 10*time.Second || !same(told.CPUPercent, 50) {
		t.Errorf("%+v", told)
	}
}

func TestSamplerOfThisMachine(t *testing.T) {
	s, err := NewSampler(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var asked sync.WaitGroup
	for range 4 {
		asked.Go(func() {
			if told, err := s.Since(t.Context()); err != nil || told.CPUs < 1 || !(told.MemoryPercent > 0 && told.MemoryPercent < 100) {
				t.Errorf("%+v, %v", told, err)
			}
		})
	}
	asked.Wait()
}

func TestSamplerWithoutProc(t *testing.T) {
	t.Setenv("HOST_PROC", t.TempDir())
	if _, err := NewSampler(t.Context()); err == nil {
		t.Error("no error although processors and memory cannot be read")
	}
}
