package main

import (
	"slices"

	"vmmp/pkg/model"
	"vmmp/pkg/prediction"
)

// A report is what came of judging a model.
type report struct {
	model  *model.Model
	sets   []set
	wanted []bar
	cases  []namedAnswer
	notes  []string
}

// A set is one row of the table.
type set struct {
	name string
	figures
}

// namedAnswer is an answer that is shown on its own.
type namedAnswer struct {
	name string
	answer
}

// add judges a group: all of it, by support, and each of its slices.
func (r *report) add(g group, answers []answer) {
	r.sets = append(r.sets, set{g.name, judge(answers, false)})
	all := g.slices
	if supports := supportsOf(answers); len(supports) > 1 {
		for _, s := range supports {
			all = append(slices.Clip(all), slice{
				name: "support " + string(s), has: func(i int) bool { return answers[i].prediction.Support == s },
			})
		}
	}
	for _, s := range all {
		var part []answer
		for i := range answers {
			if s.has == nil || s.has(i) {
				part = append(part, answers[i])
			}
		}
		r.sets = append(r.sets, set{g.name + ", " + s.name, judge(part, s.everyPause)})
	}
	if g.note != "" {
		r.notes = append(r.notes, g.name+": "+g.note)
	}
	for i, name := range g.cases {
		r.cases = append(r.cases, namedAnswer{name, answers[i]})
	}
}

// supportsOf lists what answers rest on.
func supportsOf(answers []answer) []prediction.Support {
	var found []prediction.Support
	for i := range answers {
		if s := answers[i].prediction.Support; !slices.Contains(found, s) {
			found = append(found, s)
		}
	}
	slices.Sort(found)
	return found
}

// find returns the set of a name.
func (r *report) find(name string) (*set, bool) {
	i := slices.IndexFunc(r.sets, func(s set) bool { return s.name == name })
	if i < 0 {
		return nil, false
	}
	return &r.sets[i], true
}
