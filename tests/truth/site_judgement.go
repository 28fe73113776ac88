package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/model/train"
	"vmmp/pkg/prediction"
)

// addSite judges a recorded site: as one of which nothing is known, and then knowing some outcomes of it. Where the
// model has learned from recorded migrations of a site of its own, that may be this one, and the name says so.
func (r *report) addSite(g group) error {
	if learned(r.model) {
		g.name += ", learned from"
		r.add(g, ask(r.model, g.records))
		return nil
	}
	if f, ok := leftOut(r.model, &g); ok {
		r.sets = append(r.sets, set{g.name + ", left out", f})
	} else {
		r.add(g, ask(r.model, g.records))
	}
	for _, l := range lessons {
		answers, err := l.ask(r.model, g.records, draws)
		if err != nil {
			return fmt.Errorf("%s, %s: %w", g.name, l.name, err)
		}
		if len(answers) > 0 {
			r.sets = append(r.sets, set{g.name + ", " + l.name, judge(answers, false)})
		}
	}
	return nil
}

// learned reports whether forests of the model have grown on recorded migrations.
func learned(m *model.Model) bool {
	return slices.ContainsFunc(m.Provenance().Data, func(s model.Source) bool {
		return s.Name == "recorded" || s.Name == "history"
	})
}

// leftOut returns the figures that the model carries of a site, each migration of which was predicted by what was
// learned without that site; false where its training did not know the site, or only some of these migrations.
func leftOut(m *model.Model, g *group) (f figures, ok bool) {
	trained := m.Provenance().Metrics
	if trained == nil {
		return f, false
	}
	i := slices.IndexFunc(trained.Sites, func(s model.SiteReport) bool {
		return s.Site == g.site && s.Rows == len(g.records)
	})
	if i < 0 {
		return f, false
	}
	for m := range f {
		f[m] = prediction.Number(math.NaN())
	}
	s := &trained.Sites[i]
	f[asked] = prediction.Number(s.Rows)
	if d := s.Downtime; d != nil {
		f[judged] = prediction.Number(d.Rows)
		f[medianError], f[logR2], f[coverage] = d.MedianRelativeError, d.LogR2, d.Coverage90
		f[confidence], f[hits] = d.MeanConfidence, d.Within25
		f[confidenceGap] = prediction.Number(math.Abs(float64(d.MeanConfidence - d.Within25)))
	}
	if t := s.TotalTime; t != nil {
		f[totalError], f[totalCoverage] = t.MedianRelativeError, t.Coverage90
	}
	if c := s.Converge; c != nil {
		f[converged], f[wrongVerdicts] = c.Converged, c.Wrong
	}
	return f, true
}

// A lesson is what some outcomes of a site teach a model that knew none.
type lesson struct {
	name     string
	outcomes int
	learn    func(m *model.Model, known []migration.Record) (*model.Model, error)
}

// lessons are the two ways to learn from own outcomes: those of `vmmp predict --site` and of `vmmp train --data`.
var lessons = []lesson{
	{"corrected by 10 outcomes", 10, (*model.Model).At},
	{"corrected by 100 outcomes", 100, (*model.Model).At},
	{"trained on 100 outcomes", 100, func(m *model.Model, known []migration.Record) (*model.Model, error) {
		return train.Train(context.Background(), train.Recorded(known), train.Options{Prior: m, Seed: drawsSeed})
	}},
}

// What outcomes are known is drawn a few times, since so few may be lucky ones.
const (
	draws     = 5
	drawsSeed = 15
)

// ask returns the answers to the migrations of a site by the model that has learned from outcomes of it, of some
// draws of these. Settings of which an outcome is known are not asked about. There are no answers where the site has
// not twice as many outcomes, or the model no prior that learns.
func (l *lesson) ask(m *model.Model, records []migration.Record, draws uint64) ([]answer, error) {
	var told []int // that tell a downtime
	for i := range records {
		if o := &records[i].Outcome; o.SwitchedOver() && !math.IsNaN(o.DowntimeMS) {
			told = append(told, i)
		}
	}
	if len(told) < 2*l.outcomes {
		return nil, nil
	}
	var answers []answer
	for draw := range draws {
		var known []migration.Record
		for _, i := range rand.New(rand.NewPCG(drawsSeed, draw)).Perm(len(told))[:l.outcomes] {
			known = append(known, records[told[i]])
		}
		taught, err := l.learn(m, known)
		if errors.Is(err, model.ErrNoPrior) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		answers = append(answers, ask(taught, otherSettings(records, known))...)
	}
	return answers, nil
}

// otherSettings returns the records whose setting none of the known ones is of. A record without a group is a setting
// of its own.
func otherSettings(records, known []migration.Record) []migration.Record {
	settings, ids := map[string]bool{}, map[string]bool{}
	for i := range known {
		settings[known[i].Group] = true
		ids[fingerprint(&known[i])] = true
	}
	var others []migration.Record
	for i := range records {
		if r := &records[i]; r.Group != "" && !settings[r.Group] || r.Group == "" && !ids[fingerprint(r)] {
			others = append(others, *r)
		}
	}
	return others
}

// fingerprint tells records without a group apart.
func fingerprint(r *migration.Record) string { return fmt.Sprint(r.CSVCells()) }
