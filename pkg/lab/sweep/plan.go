package sweep

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"go.yaml.in/yaml/v3"

	"vmmp/pkg/lab"
	"vmmp/pkg/lab/guest"
	"vmmp/pkg/migration"
)

// Plan says which migrations a sweep makes: a space-filling draw of settings, and some settings repeated so that the
// noise between runs can be told. The same plan always means the same migrations, in the same order.
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

	MemoryMiB []int           `yaml:"memory_mib"`
	VCPUs     []int           `yaml:"vcpus"`
	LinkMbps  Range           `yaml:"link_mbps"`
	LimitMS   Range           `yaml:"limit_ms"`
	DirtyMiBs Range           `yaml:"dirty_mib_s"`
	Patterns  []guest.Pattern `yaml:"patterns"`
	Idle      float64         `yaml:"idle"` // share of settings that write nothing
	Zero      float64         `yaml:"zero"` // share whose memory is filled with zeros
	// WorkingSet is the least and the largest share of the memory held that is written to; none: 0.02 to 1.
	WorkingSet Range   `yaml:"working_set"`
	FirstPass  float64 `yaml:"first_pass"` // most seconds that a first pass may take: bounds the link from below

	Site     string `yaml:"site"` // of the rows; empty: the plan's name
	Platform `yaml:",inline"`
	Methods  `yaml:",inline"`
	Bare     `yaml:",inline"`

	fixed migration.Features // in place of what would be drawn of a move
}

// Range holds the two ends of what is drawn, logarithmically.
type Range [2]float64

// at returns the value at a share u of the way from the low end, on a logarithmic scale.
func (r Range) at(u float64) float64 { return r[0] * math.Pow(r[1]/r[0], u) }

// ReadPlan returns the plan that a YAML text describes. It returns an error that names every fault of a plan that
// cannot be carried out.
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
	refuse(p.Repeats.Settings < 0 || p.Repeats.Settings > p.Settings || p.Repeats.Times < 0,
		"repeats: settings and times must be 0 or more, and no more settings than there are")
	least := p.Guest.MinMemoryMiB()
	refuse(len(p.MemoryMiB) == 0 || slices.Min(p.MemoryMiB) < least, "memory_mib must be sizes of %d or more", least)
	refuse(len(p.VCPUs) == 0 || slices.Min(p.VCPUs) < 1, "vcpus must be numbers of 1 or more")
	refuse(len(p.Patterns) == 0, "patterns is missing")
	for _, pattern := range p.Patterns {
		faults = append(faults, pattern.Validate())
	}
	faults = append(faults, p.Platform.validate(p), p.Methods.validate(), p.Bare.validate())
	for name, r := range map[string]Range{"link_mbps": p.LinkMbps, "limit_ms": p.LimitMS, "dirty_mib_s": p.DirtyMiBs} {
		refuse(!(r[0] > 0 && r[0] <= r[1] && r[1] < 1e7), "%s must be two numbers above 0, the lower one first", name)
	}
	set := p.workingSet()
	refuse(!(set[0] > 0 && set[0] <= set[1] && set[1] <= 1), "working_set must be two shares above 0, the lower one first")
	for name, share := range map[string]float64{"idle": p.Idle, "zero": p.Zero} {
		refuse(!(share >= 0 && share <= 1), "%s is %g; give a share of 0 to 1", name, share)
	}
	refuse(!(p.FirstPass > 0), "first_pass is %g; give seconds above 0", p.FirstPass)
	return errors.Join(faults...)
}

// DefaultPlan returns a plan that draws n settings over all that the lab's guests can be, each moved once.
func DefaultPlan(n int, seed uint64) Plan {
	return Plan{
		Name: "draw", Seed: seed, Settings: n, Moves: 1, PerBoot: 5,
		MemoryMiB: []int{256, 512, 1024, 2048}, VCPUs: []int{1, 2},
		LinkMbps: Range{100, 3500}, LimitMS: Range{50, 1000}, DirtyMiBs: Range{0.5, 300},
		Patterns: []guest.Pattern{guest.SequentialPattern, guest.UniformPattern, guest.HotColdPattern},
		Idle:     0.1, Zero: 0.2, FirstPass: 15,
	}
}

// Fix returns the plan with what x knows in place of what would be drawn: RAM, vCPUs, line rate, cap, limit and
// auto-converge.
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

// SiteName returns what rows of the plan are called by.
func (p Plan) SiteName() string {
	if p.Site == "" {
		return p.Name
	}
	return p.Site
}

// Setting describes a guest as a plan sets it up.
type Setting struct {
	Name     string
	Machine  lab.Machine
	Workload guest.Workload
}
