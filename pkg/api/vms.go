package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"vmmp/pkg/httpd"
	"vmmp/pkg/metrics"
	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
	"vmmp/pkg/roster"
)

type vmsInput struct {
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"VMs in the answer at most"`
	After string `query:"after" maxLength:"1000" doc:"Only VMs whose name comes after this one"`
	Place string `query:"place" maxLength:"1000" doc:"Only VMs of this place"`
}

type vms struct {
	VMs  []vmEntry `json:"vms" doc:"In the order of their names"`
	Next string    `json:"next" doc:"What after is to be for the VMs behind these; empty where there are none"`
}

type vmEntry struct {
	Name       string                 `json:"name"`
	ID         string                 `json:"id" doc:"What its place knows it by"`
	Place      string                 `json:"place"`
	Host       string                 `json:"host" doc:"That it runs on; empty where that is not known"`
	State      string                 `json:"state"`
	ObservedAt *time.Time             `json:"observed_at,omitempty" doc:"When it was last observed; absent where it was not yet"`
	Prediction *prediction.Prediction `json:"prediction,omitempty" doc:"Of a migration now, from what was observed"`
	Unmovable  string                 `json:"unmovable,omitempty" doc:"Why it cannot be migrated live"`
	Error      string                 `json:"error,omitempty" doc:"Why it told nothing when it was last looked at"`
}

// errNoPlaces answers what needs VMs of places where none are configured.
var errNoPlaces = httpd.NewProblem(http.StatusNotFound,
	"no VMs are watched here: name places in sources.places of the configuration")

func (s *Server) registerVMs(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "list-vms", Method: http.MethodGet, Path: "/vms", Tags: []string{tagPredict},
		Summary: "List the VMs of the watched places, each with its newest prediction",
		Description: "The places are those of sources.places in the configuration. " +
			"POST /predict answers for one of them by its name: {\"vm\": \"web-1\"}.",
		Errors: []int{http.StatusNotFound, http.StatusUnprocessableEntity},
	}, s.listVMs)
}

func (s *Server) listVMs(_ context.Context, in *vmsInput) (*answer[vms], error) {
	if s.roster == nil {
		return nil, errNoPlaces
	}
	if faults := append(noLine("after", in.After), noLine("place", in.Place)...); len(faults) > 0 {
		return nil, httpd.Invalid(faults...)
	}
	page := vms{VMs: []vmEntry{}}
	for _, e := range s.roster.All() {
		if in.Place != "" && e.Place != in.Place || in.After != "" && e.VM.Name <= in.After {
			continue
		}
		last := len(page.VMs) - 1
		if last+1 >= in.Limit && page.VMs[last].Name != e.VM.Name { // those of one name stay together
			page.Next = page.VMs[last].Name
			break
		}
		page.VMs = append(page.VMs, entryOf(&e))
	}
	return &answer[vms]{page}, nil
}

// entryOf returns what is answered of a VM.
func entryOf(e *roster.Entry) vmEntry {
	v := vmEntry{
		Name: e.VM.Name, ID: e.VM.ID, Place: e.Place, Host: e.VM.Host, State: string(e.VM.State),
		Unmovable: e.Observation.Unmovable,
	}
	if e.Observed() {
		at := e.Observation.At.UTC()
		v.ObservedAt, v.Prediction = &at, &e.Prediction
	}
	if e.Err != nil {
		v.Error = e.Err.Error()
	}
	return v
}

// vmField names a VM of the roster in a request, beside what else is known of it.
const vmField = "vm"

// namedVMSchema returns the schema of a request that names a VM.
func namedVMSchema() *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeObject, Required: []string{vmField}, AdditionalProperties: true,
		Properties: map[string]*huma.Schema{vmField: {
			Type: huma.TypeString, Description: "Name or id of a VM of the watched places, as GET /vms lists it",
		}},
		Description: "A VM of the watched places; what else is given of it outweighs what was observed.",
	}
}

// named returns the VM that a request names; nil where it names none.
func (s *Server) named(text []byte) (*roster.Entry, migration.Faults) {
	var request struct {
		VM json.RawMessage `json:"vm"`
	}
	_ = json.Unmarshal(text, &request) // what is wrong with it is told by who reads all of it
	if len(request.VM) == 0 || string(request.VM) == "null" {
		return nil, nil
	}
	fault := func(format string, args ...any) (*roster.Entry, migration.Faults) {
		return nil, migration.Faults{{
			Location: vmField, Message: fmt.Sprintf(format, args...), Value: httpd.Clip(string(request.VM)),
		}}
	}
	var name string
	if json.Unmarshal(request.VM, &name) != nil || name == "" {
		return fault("must be the name of a VM")
	}
	if s.roster == nil {
		return fault("%s", errNoPlaces.Detail)
	}
	found := s.roster.Find(name)
	switch {
	case len(found) == 0:
		var names []string
		for _, e := range s.roster.All() {
			names = append(names, e.VM.Name)
		}
		if near := migration.NearestName(name, names); near != "" {
			return fault("is not a VM of the watched places; did you mean %s?", near)
		}
		return fault("is not a VM of the watched places; GET /vms lists them")
	case len(found) > 1:
		return fault("is the name of %d VMs: give the id of one, as GET /vms lists it", len(found))
	case !found[0].Observed():
		return fault("has not been observed yet: %v", errorOf(&found[0]))
	}
	return &found[0], nil
}

// errorOf returns why a VM has not been observed.
func errorOf(e *roster.Entry) error {
	if e.Err != nil {
		return e.Err
	}
	return errors.New("its turn will come, if it runs")
}

// question reads what is known of a VM: what the request says, and where it names a VM what that was observed to be.
func (s *Server) question(text []byte) (x migration.Features, warnings []string, faults migration.Faults) {
	e, faults := s.named(text)
	if e == nil && len(faults) == 0 {
		return decodeFeatures(text)
	}
	record, unknown, more := migration.DecodeJSON(text)
	if faults = append(faults, more...); len(faults) > 0 {
		return x, nil, faults
	}
	x = record.Features.Or(e.Observation.Features)
	if e.Observation.Unmovable != "" {
		x.Set(migration.Migratable, 0)
		warnings = append(warnings, "cannot be migrated live: "+e.Observation.Unmovable)
	}
	if age := time.Since(e.Observation.At).Round(time.Second); age >= time.Second {
		warnings = append(warnings, fmt.Sprintf("what is known of %s was observed %v ago", e.VM.Name, age))
	}
	for _, fault := range x.Contradictions() {
		warnings = append(warnings, fault.Location+" "+fault.Message)
	}
	unknown = slices.DeleteFunc(unknown, func(name string) bool { return name == vmField })
	return x, append(warnings, unknownFields(unknown)...), nil
}

// vmReadings returns what the metrics show of the watched VMs, the longest downtimes first.
func (s *Server) vmReadings() []metrics.VMReading {
	var all []metrics.VMReading
	for _, e := range s.roster.All() {
		if !e.Observed() {
			continue
		}
		p := &e.Prediction
		all = append(all, metrics.VMReading{
			Place: e.Place, VM: e.VM.Name,
			DowntimeSeconds: p.PredictedDowntime / 1000, UpperSeconds: p.Interval.Upper / 1000,
			TotalTimeSeconds: float64(p.PredictedTotalTimeMS) / 1000, Convergence: p.ConvergenceProbability,
			ObservedUnixSeconds: math.Round(float64(e.Observation.At.UnixMilli())) / 1000,
		})
	}
	slices.SortStableFunc(all, func(a, b metrics.VMReading) int {
		switch {
		case a.DowntimeSeconds > b.DowntimeSeconds:
			return -1
		case a.DowntimeSeconds < b.DowntimeSeconds:
			return 1
		}
		return 0
	})
	return all
}
