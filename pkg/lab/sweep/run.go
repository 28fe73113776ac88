package sweep

import (
	"context"
	"fmt"
	"iter"
	"math"
	"os"
	"strings"
	"time"

	"vmmp/pkg/host"
	"vmmp/pkg/lab"
	"vmmp/pkg/lab/guest"
	"vmmp/pkg/migration"
)

// Run carries planned migrations out, one after the other, and yields each as soon as it is over. It boots guests of l
// and sets workloads as it goes. An error ends the sequence; when ctx ends, it is ctx's.
func Run(ctx context.Context, l *lab.Lab, planned iter.Seq[Planned]) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		s := runner{lab: l, boot: -1}
		for p := range planned {
			row, err := s.next(ctx, p)
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				yield(Row{}, fmt.Errorf("migration %s: %w", p.ID, err))
				return
			}
			if !yield(row, nil) {
				return
			}
		}
	}
}

// runner is how far a sequence of planned migrations is.
type runner struct {
	lab      *lab.Lab
	boot     int
	workload guest.Workload
	known    migration.Features // measured of the guest
	memory   host.GuestRAM
	measured time.Time
}

// next carries out one migration.
func (s *runner) next(ctx context.Context, p Planned) (Row, error) {
	if err := s.setUp(ctx, p); err != nil {
		return Row{}, err
	}
	x := s.known
	row := Row{Planned: p, Memory: s.memory, ProbeAge: time.Since(s.measured), BootID: bootID(), QEMU: s.lab.QEMUVersion()}
	setFeatures(&x, p.Move)
	row.setPlatform(&x)
	row.At = time.Now().UTC().Truncate(time.Second)
	r, err := s.lab.Migrate(ctx, p.Move)
	if err != nil {
		return Row{}, err
	}
	row.Result = r
	row.Record = migration.Record{
		Features: x, Outcome: r.Outcome, Group: p.Setting.Name, At: row.At, Source: migration.SourceLab,
		Site: p.Site,
	}
	return row, nil
}

// setUp boots, loads and measures the guest as far as it is not so already.
func (s *runner) setUp(ctx context.Context, p Planned) error {
	anew := s.boot != p.Boot
	if anew {
		if err := s.lab.Boot(ctx, p.Setting.Machine); err != nil {
			return err
		}
		s.boot = p.Boot
	}
	fresh := anew || s.workload != p.Setting.Workload
	if fresh {
		if err := s.use(ctx, p.Setting); err != nil {
			return err
		}
		if err := s.lab.Apply(ctx, p.Setting.Workload); err != nil {
			return err
		}
		s.workload = p.Setting.Workload
		if err := s.lab.Trim(ctx); err != nil {
			return err
		}
	}
	if err := s.lab.Prepare(ctx); err != nil {
		return err
	}
	if err := s.measure(ctx, fresh || p.Measure); err != nil {
		return fmt.Errorf("measure the guest: %w", err)
	}
	return nil
}

// measure learns what an operator can know of the guest: all of it, or what the move to another QEMU has changed.
func (s *runner) measure(ctx context.Context, all bool) error {
	var err error
	if !all {
		s.memory, err = s.lab.ObserveMemory(ctx, &s.known)
		return err
	}
	s.known, s.memory, err = s.lab.Observe(ctx)
	s.measured = time.Now()
	return err
}

// use has the guest hold all the memory that it can, so that what it frees of that is not zeros, where its kernel
// leaves freed memory as it was.
func (s *runner) use(ctx context.Context, of Setting) error {
	if !of.Machine.KeepFreed {
		return nil
	}
	most := Plan{}.free(of.Machine.MemoryMiB)
	w := guest.Workload{Content: guest.RandomContent, Pattern: guest.SequentialPattern, ResidentMiB: int(most)}
	return s.lab.Apply(ctx, w)
}

// setFeatures sets in x what an operator knows of the move.
func setFeatures(x *migration.Features, m lab.Move) {
	x.Set(migration.NetworkBandwidth, max(m.Link.Mbps, m.LoopbackMbps))
	if m.Timeout > 0 {
		x.Set(migration.TimeoutS, m.Timeout.Seconds())
	}
	if m.CapMbps > 0 {
		x.Set(migration.BandwidthCap, m.CapMbps)
	}
	x.Set(migration.DowntimeLimitMS, inMilliseconds(m.Limit))
	x.Set(migration.AutoConverge, oneIf(m.AutoConverge))
	x.Set(migration.Method, migration.MethodPrecopy)
	if m.Method == lab.Postcopy {
		x.Set(migration.Method, migration.MethodPostcopy)
	}
	// A timeout is told in whole seconds at the least: post-copy after less is post-copy from the start on.
	if m.Method == lab.Postcopy && m.PostcopyFrom >= time.Second {
		x.Set(migration.Method, migration.MethodPostcopyTimeout)
		x.Set(migration.TimeoutS, m.PostcopyFrom.Seconds())
	}
	x.Set(migration.MultifdChannels, float64(m.Channels))
	x.Set(migration.Compression, compressions[m.Compression])
	x.Set(migration.XBZRLE, oneIf(m.XBZRLE))
	x.Set(migration.TLS, oneIf(m.TLS))
}

// compressions are how features name those of a move.
var compressions = map[lab.Compression]float64{
	"": migration.CompressionNone, lab.Zlib: migration.CompressionZlib, lab.Zstd: migration.CompressionZstd,
}

func oneIf(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// setPlatform sets in x what an operator knows of the hypervisor, and of where the guest's zeros lie.
func (r *Row) setPlatform(x *migration.Features) {
	x.Set(migration.Hypervisor, migration.HypervisorTCG)
	if r.Planned.Platform.Accelerator == lab.KVM {
		x.Set(migration.Hypervisor, migration.HypervisorKVM)
	}
	var major, minor int
	if n, _ := fmt.Sscanf(r.QEMU, "%d.%d", &major, &minor); n == 2 {
		x.Set(migration.HypervisorVersion, migration.VersionNumber(major, minor))
	}
	if !math.IsNaN(r.Memory.ZeroTailMiB) {
		x.Set(migration.ZeroTailMiB, thousandths(r.Memory.ZeroTailMiB))
	}
}

// bootID returns that of this machine's running kernel; empty where it tells none.
func bootID() string {
	text, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}
