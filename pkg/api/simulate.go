package api

import (
	"context"
	"errors"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"vmmp/pkg/metrics"
	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/simulate"
)

type simulateInput struct {
	Count int          `query:"count" minimum:"1" maximum:"1000" default:"1" doc:"Migrations to simulate"`
	Seed  optionalSeed `query:"seed" doc:"The same seed gives the same migrations of the same VM; drawn, and answered, where absent"`
}

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
		Summary: "Simulate migrations of a VM as busy as this host",
		Description: "Measures the host, predicts the migration of a VM like it, lets the physics of pre-copy migrate such VMs, each with what " +
			"nobody measured drawn for it and with the noise of real runs, and says how right the prediction was for each.",
		Errors: []int{http.StatusUnprocessableEntity, http.StatusServiceUnavailable},
	}, s.simulate)
}

func (s *Server) simulate(ctx context.Context, in *simulateInput) (*answer[simulate.Result], error) {
	host, err := s.host.Features(ctx)
	if err != nil {
		return nil, problem(http.StatusServiceUnavailable, "this host cannot be measured: "+err.Error())
	}
	seed := in.Seed.value
	if !in.Seed.given {
		seed = simulate.NewSeed()
	}
	result, err := simulate.Run(ctx, s.model.Load(), simulate.Physics{}, simulate.Request{
		Host: host, Count: in.Count, Seed: seed, Ask: model.Ask{Key: s.key},
	})
	var faults migration.Faults
	switch {
	case errors.As(err, &faults): // what was measured is no VM: the request is not at fault
		return nil, problem(http.StatusServiceUnavailable, "this host cannot be taken for a VM", locate("host", faults)...)
	case err != nil:
		return nil, problem(http.StatusServiceUnavailable, err.Error())
	}
	if len(result.Simulations) > 0 {
		s.count(metrics.EndpointSimulate, &result.Simulations[0].Prediction, 0)
	}
	return &answer[simulate.Result]{result}, nil
}
