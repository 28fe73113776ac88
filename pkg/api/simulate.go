package api

import (
	"context"
	"errors"
	"fmt"
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

// Schema, Receiver and OnParamSet are huma's hooks for a parameter of a type of its own (huma.SchemaProvider,
// huma.ParamWrapper, huma.ParamReactor).

// Schema returns the schema of the number.
func (optionalSeed) Schema(r huma.Registry) *huma.Schema {
	return huma.SchemaFromType(r, reflect.TypeFor[uint64]())
}

// Receiver returns where the number is put.
func (o *optionalSeed) Receiver() reflect.Value { return reflect.ValueOf(&o.value).Elem() }

// OnParamSet takes note of whether there was one.
func (o *optionalSeed) OnParamSet(isSet bool, _ any) { o.given = isSet }

func (s *Server) registerSimulate(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "simulate", Method: http.MethodGet, Path: "/simulate", Tags: []string{tagPredict},
		Summary: "Simulate migrations of a VM as busy as this host, of scenarios, or of a fleet",
		Description: "Predicts migrations and lets the physics of pre-copy carry them out, each with what nobody measured " +
			"drawn for it and with the noise of real runs, and says how right each prediction was. In the modes single and " +
			"continuous the VM is as busy as the host is now. A request that its client leaves ends.",
		Errors: []int{http.StatusUnprocessableEntity, http.StatusServiceUnavailable},
	}, s.simulate)
}

func (s *Server) simulate(ctx context.Context, in *simulateInput) (*answer[simulate.Result], error) {
	r := s.simulation(in)
	if faults := r.Check(); len(faults) > 0 {
		return nil, httpd.Invalid(locate("query", faults)...)
	}
	if message := tooMany(&r); message != "" {
		return nil, httpd.Invalid(httpd.Fault{Location: "query.count", Message: message, Value: r.Count})
	}
	run, err := r.Begin(ctx, counting{simulate.Local{Model: s.model.Load(), Options: model.Options{Key: s.key}}, s})
	if err != nil {
		return nil, httpd.NewProblem(http.StatusServiceUnavailable, "this host cannot be measured: "+err.Error())
	}
	for done, err := range run.Migrations() {
		var faults migration.Faults
		switch {
		case errors.As(err, &faults): // what was measured is no VM: the request is not at fault
			return nil, httpd.NewProblem(http.StatusServiceUnavailable, "this host cannot be taken for a VM",
				locate("host", faults)...)
		case err != nil:
			return nil, httpd.NewProblem(http.StatusServiceUnavailable, err.Error())
		}
		s.metrics.Simulated.WithLabelValues(string(run.Mode), statusLabel(done.Outcome.Status)).Inc()
	}
	return &answer[simulate.Result]{run.Result()}, nil
}

// simulation returns what a query asks for.
func (s *Server) simulation(in *simulateInput) simulate.Request {
	r := simulate.Request{
		Mode: simulate.Mode(in.Mode), Count: in.Count, Seed: in.Seed.value, Interval: measureInterval,
		Measure: s.host.Features, Backend: simulate.Physics{}, Keep: true,
	}
	if in.Scenario != "" {
		r.Scenarios = []string{string(in.Scenario)}
	}
	if !in.Seed.given {
		r.Seed = simulate.NewSeed()
	}
	return r
}

const (
	maxMeasured     = 60 // measurements of the host for one request
	measureInterval = time.Second
)

// tooMany returns what is wrong with a number of migrations that a command line may ask for, and a client may not.
func tooMany(r *simulate.Request) string {
	switch once := r.Once(); {
	case r.Mode == simulate.Continuous && r.Count > maxMeasured:
		return fmt.Sprintf("must be 1 to %d in the mode continuous", maxMeasured)
	case once*r.Count > simulate.MaxCount:
		return fmt.Sprintf("must be 1 to %d: once through these scenarios are %d migrations", simulate.MaxCount/once, once)
	}
	return ""
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
