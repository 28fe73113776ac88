package sweep

import (
	"fmt"

	"vmmp/pkg/lab"
)

// Planned is one migration of a plan.
type Planned struct {
	ID      string // unique within the plan
	Setting Setting
	Move    lab.Move
	Repeat  int  // 0: the setting's own; 1 and more: repeated for the noise floor
	Boot    int  // migrations with one number share one boot of a guest
	Measure bool // the guest is measured before this one; the setting's next ones go by that

	Site     string
	Platform Platform
}

// Migrations returns the plan's migrations in order: boot by boot, each setting's moves together. The repeats are
// spread among them, so that a sweep that is broken off has some too.
func (p Plan) Migrations() []Planned {
	settings := p.drawSettings()
	repeats := p.repeats(settings)
	boots := (len(settings) + p.PerBoot - 1) / p.PerBoot
	var all []Planned
	for b := range boots {
		for _, d := range settings[b*p.PerBoot : min((b+1)*p.PerBoot, len(settings))] {
			for k, m := range d.moves {
				id := fmt.Sprintf("%s-%d", d.Name, k+1)
				all = append(all, Planned{ID: id, Setting: d.Setting, Move: m, Boot: b, Measure: k == 0})
			}
		}
		for n := b * len(repeats) / boots; n < (b+1)*len(repeats)/boots; n++ {
			all = append(all, p.repeated(repeats[n], boots+n*p.Repeats.Times)...)
		}
	}
	for i := range all {
		all[i].Site, all[i].Platform = p.SiteName(), p.Platform
	}
	return all
}

// perRepeatBoot is how many repeats share a boot: what differs from boot to boot is part of the noise.
const perRepeatBoot = 5

// repeats returns the settings to be repeated: the first that can be expected to converge.
func (p Plan) repeats(settings []drawn) []drawn {
	var chosen []drawn
	for _, d := range settings {
		if len(chosen) < p.Repeats.Settings && d.converges() {
			chosen = append(chosen, d)
		}
	}
	return chosen
}

// repeated returns the first move of a setting again and again, the guest measured anew each time: all that differs
// between them is noise.
func (p Plan) repeated(d drawn, boot int) []Planned {
	var all []Planned
	for n := range p.Repeats.Times {
		all = append(all, Planned{ID: fmt.Sprintf("%s-1r%d", d.Name, n+1), Setting: d.Setting, Move: d.moves[0],
			Repeat: n + 1, Boot: boot + n/perRepeatBoot, Measure: true})
	}
	return all
}
