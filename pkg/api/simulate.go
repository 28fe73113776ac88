package api

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"vmmp/pkg/httpd"
	"vmmp/pkg/metrics"
	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/prediction"
	"vmmp/pkg/simulate"
)

type simulateInput struct {
	Mode     mode         `query:"mode" doc:"Which VMs: one as busy as this host; the same measured anew each second; named scenarios; VMs of a made-up fleet. Absent: single, or stress where a scenario is named"`
	Count    int          `query:"count" minimum:"1" maximum:"1000" default:"1" doc:"Migrations, of each scenario in the mode stress; at most 60 in the mode continuous, and 1000 in all"`
	Scenario scenario     `query:"scenario" doc:"The one scenario of the mode stress; absent: all of them"`
	Seed     optionalSeed `query:"seed" doc:"The same seed gives the same migrations of the same VMs; drawn, and answered, where absent"`
}

// mode is a simulate.Mode that a request may have.
type mode string

// Schema lists the modes.
func (mode) Schema(huma.Registry) *huma.Schema {
	return oneOf("", []simulate.Mode{simulate.Single, simulate.Continuous, simulate.Stress, simulate.OfFleet})
}

// scenario is the name of one of simulate.Scenarios.
type scenario string

// Schema lists the scenarios.
func (scenario) Schema(huma.Registry) *huma.Schema { return oneOf("", simulate.ScenarioNames()) }

// optionalSeed is a seed that may be absent, which is not the seed 0.
type optionalSeed struct {
	value uint64
	given bool
}

// Schema, Receiver and OnParamSet are huma's hooks for a parameter of a type of
// its own (huma.SchemaProvider, huma.ParamWrapper, huma.ParamReactor).

// Schema is that of the number.
func (optionalSeed) Schema(r huma.Registry) *huma.Schema {
	return huma.SchemaFromType(r, reflect.TypeFor[uint64]())
}

// Receiver is where the number is put.
func (o *optionalSeed) Receiver() reflect.Value { return reflect.ValueOf(&o.value).Elem() }

// OnParamSet is told whether there was one.
func (o *optionalSeed) OnParamSet(isSet bool, _ any) { o.given = isSet }

func (s *Server) registerSimulate(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "simulate", Method: http.MethodGet, Path: "/simulate", Tags: []string{tagPredict},
		Summary: "Simulate migrations of a VM as busy as this host, of scenarios, or of a fleet",
		Description: "Predicts migrations and lets the physics of pre-copy carry them out, each with what nobody measured drawn for it and " +
			"with the noise of real runs, and says how right each prediction was. In the modes single and continuous the VM is as busy as the " +
			"host is now. A request that its client leaves ends.",
		Errors: []int{http.StatusUnprocessableEntity, http.StatusServiceUnavailable},
	}, s.simulate)
}

func (s *Server) simulate(ctx context.Context, in *simulateInput) (*answer[simulate.Result], error) {
	r := simulate.Result{Mode: in.mode(), Seed: in.Seed.value}
	if !in.Seed.given {
		r.Seed = simulate.NewSeed()
	}
	vms, err := s.vms(ctx, in, &r)
	if err != nil {
		return nil, err
	}
	predictor := counting{simulate.Local{Model: s.model.Load(), Options: model.Options{Key: s.key}}, s}
	done, err := r.Collect(s.counted(r.Mode, simulate.Stream(ctx, predictor, simulate.Physics{}, vms, r.Seed)))
	done.Host = r.Host
	var faults migration.Faults
	switch {
	case errors.As(err, &faults): // what was measured is no VM: the request is not at fault
		return nil, httpd.NewProblem(http.StatusServiceUnavailable, "this host cannot be taken for a VM", locate("host", faults)...)
	case err != nil:
		return nil, httpd.NewProblem(http.StatusServiceUnavailable, err.Error())
	}
	return &answer[simulate.Result]{done}, nil
}

// mode is the one that was asked for.
func (in *simulateInput) mode() simulate.Mode {
	switch {
	case in.Mode != "":
		return simulate.Mode(in.Mode)
	case in.Scenario != "":
		return simulate.Stress
	}
	return simulate.Single
}

const (
	mostMeasured    = 60 // measurements of the host for one request
	measureInterval = time.Second
)

// vms are those that a request asks for. The host goes into the result as it is
// measured.
func (s *Server) vms(ctx context.Context, in *simulateInput, r *simulate.Result) (simulate.VMs, error) {
	measured := simulate.Measured(ctx, migration.Features{}, func(ctx context.Context) (x migration.Features, err error) {
		r.Host, err = s.host.Features(ctx)
		return r.Host, err
	})
	if in.Scenario != "" && r.Mode != simulate.Stress {
		return nil, httpd.Invalid(httpd.Fault{Location: "query.scenario", Message: "is of the mode stress; leave it out, or give mode=stress", Value: string(in.Scenario)})
	}
	switch r.Mode {
	case simulate.Continuous:
		if in.Count > mostMeasured {
			return nil, tooMany(in, fmt.Sprintf("must be 1 to %d in the mode continuous", mostMeasured))
		}
		return simulate.Repeat(ctx, measureInterval, 0, in.Count, func() simulate.VMs { return measured }), nil
	case simulate.Stress:
		return staged(in, r.Seed)
	case simulate.OfFleet:
		return simulate.Of(simulate.FleetVMs(r.Seed, in.Count)), nil
	}
	x, err := s.host.Features(ctx)
	if err != nil {
		return nil, httpd.NewProblem(http.StatusServiceUnavailable, "this host cannot be measured: "+err.Error())
	}
	r.Host = x
	return simulate.Same(x, in.Count), nil
}

// staged are the VMs of the scenarios that a request asks for.
func staged(in *simulateInput, seed uint64) (simulate.VMs, error) {
	var names []string
	if in.Scenario != "" {
		names = []string{string(in.Scenario)}
	}
	scenarios, err := simulate.NamedScenarios(names...)
	if err != nil {
		return nil, httpd.Invalid(httpd.Fault{Location: "query.scenario", Message: err.Error(), Value: shown(string(in.Scenario))})
	}
	once := len(simulate.Staged(scenarios, 1, seed))
	if once*in.Count > simulate.MaxCount {
		return nil, tooMany(in, fmt.Sprintf("must be 1 to %d: once through these scenarios are %d migrations", simulate.MaxCount/once, once))
	}
	return simulate.Of(simulate.Staged(scenarios, in.Count, seed)), nil
}

func tooMany(in *simulateInput, message string) error {
	return httpd.Invalid(httpd.Fault{Location: "query.count", Message: message, Value: in.Count})
}

// counting is a predictor whose predictions are counted.
type counting struct {
	simulate.Local
	server *Server
}

// Predict implements simulate.Predictor.
func (c counting) Predict(ctx context.Context, x migration.Features) (prediction.Prediction, error) {
	begun := time.Now()
	p, err := c.Local.Predict(ctx, x)
	c.server.metrics.PredictionTook(metrics.EndpointSimulate, time.Since(begun), 1)
	c.server.count(metrics.EndpointSimulate, &p, 0)
	return p, err
}

// counted counts the migrations as they come.
func (s *Server) counted(m simulate.Mode, all iter.Seq2[simulate.Migration, error]) iter.Seq2[simulate.Migration, error] {
	return func(yield func(simulate.Migration, error) bool) {
		for done, err := range all {
			if err == nil {
				s.metrics.Simulated.WithLabelValues(string(m), statusLabel(done.Outcome.Status)).Inc()
			}
			if !yield(done, err) {
				return
			}
		}
	}
}
