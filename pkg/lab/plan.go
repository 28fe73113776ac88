package lab

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"vmmp/pkg/migration"
)

// Plan says which migrations a sweep makes: a space-filling draw of settings, and
// some settings repeated so that the noise between runs can be told. The same plan
// always means the same migrations, in the same order.
type Plan struct {
	Name     string `yaml:"name"`
	Seed     uint64 `yaml:"seed"`
	Settings int    `yaml:"settings"` // drawn; each is a group
	Moves    int    `yaml:"moves"`    // migrations of each, over different links and limits
	Repeats  struct {
		Settings int `yaml:"settings"` // the first so many that are expected to converge
		Times    int `yaml:"times"`    // beyond their own
	} `yaml:"repeats"`
	PerBoot int `yaml:"per_boot"` // settings that share one boot of a guest, and so its machine

	MemoryMiB []int     `yaml:"memory_mib"`
	VCPUs     []int     `yaml:"vcpus"`
	LinkMbps  Range     `yaml:"link_mbps"`
	LimitMS   Range     `yaml:"limit_ms"`
	DirtyMiBs Range     `yaml:"dirty_mib_s"`
	Patterns  []Pattern `yaml:"patterns"`
	Idle      float64   `yaml:"idle"`       // share of settings that write nothing
	Zero      float64   `yaml:"zero"`       // share whose memory is filled with zeros
	FirstPass float64   `yaml:"first_pass"` // most seconds that a first pass may take: bounds the link from below

	fixed migration.Features // in place of what would be drawn of a move
}

// Range is the ends of what is drawn, logarithmically.
type Range [2]float64

// at is the value at a share u of the way from the low end, on a logarithmic scale.
func (r Range) at(u float64) float64 { return r[0] * math.Pow(r[1]/r[0], u) }

// ReadPlan reads a plan and refuses one that cannot be carried out.
func ReadPlan(r io.Reader) (Plan, error) {
	var p Plan
	d := yaml.NewDecoder(r)
	d.KnownFields(true)
	if err := d.Decode(&p); err != nil {
		return p, fmt.Errorf("read sweep plan: %w", err)
	}
	if err := p.validate(); err != nil {
		return p, fmt.Errorf("sweep plan: %w", err)
	}
	return p, nil
}

// validate names every fault of the plan.
func (p Plan) validate() error {
	var faults []error
	refuse := func(bad bool, format string, args ...any) {
		if bad {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	refuse(p.Name == "", "name is missing")
	refuse(p.Settings < 1 || p.Settings > 1e5, "settings is %d; give 1 to 100000", p.Settings)
	refuse(p.Moves < 1 || p.Moves > 100, "moves is %d; give 1 to 100", p.Moves)
	refuse(p.PerBoot < 1, "per_boot is %d; give 1 or more", p.PerBoot)
	refuse(p.Repeats.Settings < 0 || p.Repeats.Settings > p.Settings || p.Repeats.Times < 0, "repeats: settings and times must be 0 or more, and no more settings than there are")
	refuse(len(p.MemoryMiB) == 0 || slices.Min(p.MemoryMiB) < LeastMemoryMiB, "memory_mib must be sizes of %d or more", LeastMemoryMiB)
	refuse(len(p.VCPUs) == 0 || slices.Min(p.VCPUs) < 1, "vcpus must be numbers of 1 or more")
	refuse(len(p.Patterns) == 0, "patterns is missing")
	for _, pattern := range p.Patterns {
		faults = append(faults, pattern.validate())
	}
	for name, r := range map[string]Range{"link_mbps": p.LinkMbps, "limit_ms": p.LimitMS, "dirty_mib_s": p.DirtyMiBs} {
		refuse(!(r[0] > 0 && r[0] <= r[1] && r[1] < 1e7), "%s must be two numbers above 0, the lower one first", name)
	}
	for name, share := range map[string]float64{"idle": p.Idle, "zero": p.Zero} {
		refuse(!(share >= 0 && share <= 1), "%s is %g; give a share of 0 to 1", name, share)
	}
	refuse(!(p.FirstPass > 0), "first_pass is %g; give seconds above 0", p.FirstPass)
	return errors.Join(faults...)
}

// LeastMemoryMiB is the smallest guest: kernel, program and workload fit.
const LeastMemoryMiB = 256

// DefaultPlan is a draw of so many settings over all that the lab's guests can be,
// each moved once.
func DefaultPlan(settings int, seed uint64) Plan {
	return Plan{
		Name: "draw", Seed: seed, Settings: settings, Moves: 1, PerBoot: 5,
		MemoryMiB: []int{256, 512, 1024, 2048}, VCPUs: []int{1, 2},
		LinkMbps: Range{100, 3500}, LimitMS: Range{50, 1000}, DirtyMiBs: Range{0.5, 300},
		Patterns: []Pattern{SequentialPattern, UniformPattern, HotColdPattern}, Idle: 0.1, Zero: 0.2, FirstPass: 15,
	}
}

// Fix is the plan with what x knows in place of what would be drawn: RAM, vCPUs,
// line rate, cap, limit and auto-converge.
func (p Plan) Fix(x migration.Features) Plan {
	p.fixed = x
	if v := x.Get(migration.MemoryMiB); v > 0 {
		p.MemoryMiB = []int{int(v)}
	}
	if v := x.Get(migration.VCPUs); v > 0 {
		p.VCPUs = []int{int(v)}
	}
	if v := x.Get(migration.NetworkBandwidth); v > 0 {
		p.LinkMbps = Range{v, v}
	}
	if v := x.Get(migration.DowntimeLimitMS); v > 0 {
		p.LimitMS = Range{v, v}
	}
	return p
}

// Setting is a guest as a plan sets it up.
type Setting struct {
	Name     string
	Machine  Machine
	Workload Workload
}

// Planned is one migration of a plan.
type Planned struct {
	ID      string // unique within the plan
	Setting Setting
	Move    Move
	Repeat  int  // 0: the setting's own; 1 and more: repeated for the noise floor
	Boot    int  // migrations with one number share one boot of a guest
	Measure bool // the guest is measured before this one; the setting's next ones go by that
}

// Migrations are the plan's, in order: boot by boot, each setting's moves together.
// The repeats are spread among them, so that none of a broken-off sweep's first rows
// are without.
func (p Plan) Migrations() []Planned {
	settings := p.settings()
	repeats := p.repeats(settings)
	boots := (len(settings) + p.PerBoot - 1) / p.PerBoot
	var all []Planned
	for b := range boots {
		for _, d := range settings[b*p.PerBoot : min((b+1)*p.PerBoot, len(settings))] {
			for k, m := range d.moves {
				all = append(all, Planned{ID: fmt.Sprintf("%s-%d", d.Name, k+1), Setting: d.Setting, Move: m, Boot: b, Measure: k == 0})
			}
		}
		for n := b * len(repeats) / boots; n < (b+1)*len(repeats)/boots; n++ {
			all = append(all, p.repeated(repeats[n], boots+n*p.Repeats.Times)...)
		}
	}
	return all
}

// perRepeatBoot is how many repeats share a boot: what differs from boot to boot is
// part of the noise.
const perRepeatBoot = 5

// repeats are the settings to be repeated: the first that can be expected to
// converge.
func (p Plan) repeats(settings []drawn) []drawn {
	var chosen []drawn
	for _, d := range settings {
		if len(chosen) < p.Repeats.Settings && d.cool() {
			chosen = append(chosen, d)
		}
	}
	return chosen
}

// repeated is the first move of a setting again and again, the guest measured anew
// each time: all that differs between them is noise.
func (p Plan) repeated(d drawn, boot int) []Planned {
	var all []Planned
	for n := range p.Repeats.Times {
		all = append(all, Planned{ID: fmt.Sprintf("%s-1r%d", d.Name, n+1), Setting: d.Setting, Move: d.moves[0],
			Repeat: n + 1, Boot: boot + n/perRepeatBoot, Measure: true})
	}
	return all
}

// milliseconds is a duration of so many.
func milliseconds(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }
