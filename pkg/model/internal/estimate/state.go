package estimate

import (
	"math"
	"slices"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
	"vmmp/pkg/precopy"
	"vmmp/pkg/prediction"
)

// State is an Expert without its forests, as the header of a model file holds it.
type State struct {
	Domain   prediction.Support `json:"world"`
	Place    precopy.Site       `json:"site"`  // that its physics is computed for
	Usual    []string           `json:"usual"` // features that nine in ten training rows knew
	Downtime regressorState     `json:"downtime"`
	Total    regressorState     `json:"total_time"`
	Converge classifierState    `json:"convergence"`
	Widths   Widths             `json:"widths"`
}

type regressorState struct {
	Mode        Mode                      `json:"mode,omitempty"`
	Middle      [2]float64                `json:"middle"` // of the learners without and with physics
	Levels      Calibrations[Levels]      `json:"levels"`
	Reliability Calibrations[Reliability] `json:"reliability"`
	Physical    Physical                  `json:"physical"`
}

type classifierState struct {
	Reliability Calibrations[Reliability] `json:"reliability"`
}

// State returns the state of the expert of a domain.
func (e *Expert) State(domain prediction.Support) State {
	s := State{
		Domain: domain, Place: e.Place, Widths: e.Widths,
		Downtime: e.Downtime.state(), Total: e.Total.state(), Converge: classifierState{e.Converge.Reliability},
	}
	for f := range e.Usual.All() {
		s.Usual = append(s.Usual, f.String())
	}
	return s
}

func (r *Regressor) state() regressorState {
	return regressorState{
		r.Learners[0].Mode, [2]float64{r.Learners[0].Middle, r.Learners[1].Middle}, r.Levels, r.Reliability,
		r.Physical,
	}
}

// Expert returns the expert that the state is of, still without its forests.
func (s *State) Expert() *Expert {
	return &Expert{
		Place: s.Place, Widths: s.Widths, Usual: s.usual(), Converge: Classifier{Reliability: s.Converge.Reliability},
		Downtime: s.Downtime.regressor(evaluate.Downtime), Total: s.Total.regressor(evaluate.TotalTime),
	}
}

// usual returns the set that Usual names; names that are unknown are left out.
func (s *State) usual() (set migration.Set) {
	for _, name := range s.Usual {
		if f, ok := migration.Lookup(name); ok {
			set |= migration.Of(f)
		}
	}
	return set
}

func (s regressorState) regressor(t evaluate.Target) Regressor {
	r := Regressor{Target: t, Levels: s.Levels, Reliability: s.Reliability, Physical: s.Physical}
	for i, middle := range s.Middle {
		r.Learners[i] = Learner{Target: t, Mode: s.Mode, Middle: middle}
	}
	return r
}

// Valid reports whether an expert can have had this state.
func (s *State) Valid() bool {
	return s.Place.Valid() && s.Downtime.valid() && s.Total.valid() &&
		s.Converge.Reliability.valid(Reliability.Valid) && s.Widths.Valid()
}

func (s regressorState) valid() bool {
	return (s.Mode == "" || slices.Contains(Modes, s.Mode)) &&
		math.Abs(s.Middle[0]) <= mostSigma && math.Abs(s.Middle[1]) <= mostSigma &&
		s.Levels.valid(Levels.Valid) && s.Reliability.valid(Reliability.Valid) && s.Physical.Valid()
}
