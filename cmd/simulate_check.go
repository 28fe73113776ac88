package cmd

import (
	"errors"
	"fmt"
	"strings"

	"vmmp/pkg/simulate"
)

// check refuses what cannot be simulated, before anything is measured.
func (o *simulateFlags) check() error {
	for _, check := range []func() error{
		o.checkBackend, o.checkModes, o.checkTimes, o.checkRemote, o.checkRequest, o.checkEvacuation,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	if o.output.save {
		if err := checkWritable("--save:", "./simulation_results.json"); err != nil {
			return err
		}
	}
	return checkWritable("--plot", o.output.plot)
}

// checkRequest refuses what no request can ask for.
func (o *simulateFlags) checkRequest() error {
	faults := o.request.Check()
	switch {
	case len(faults) == 0:
		return nil
	case faults[0].Value == nil:
		return fmt.Errorf("--%s: %s", faults[0].Location, faults[0].Message)
	}
	return fmt.Errorf("--%s %v %s", faults[0].Location, faults[0].Value, faults[0].Message)
}

// checkEvacuation refuses a host without a fleet, or one of more VMs than that.
func (o *simulateFlags) checkEvacuation() error {
	switch {
	case o.given["evacuate"] && !o.given["fleet"]:
		return errors.New("--evacuate empties a host of --fleet: give that, too; or --scenario evacuation")
	case o.given["evacuate"] && (o.modes.evacuate < 0 || o.modes.evacuate > o.modes.fleet):
		return fmt.Errorf("--evacuate %d must be 0 to the %d VMs of --fleet", o.modes.evacuate, o.modes.fleet)
	}
	return nil
}

// selectors are the flags that say which VMs are migrated: at most one of them can.
var selectors = []string{"continuous", "stress", "replay", "fleet", "interactive"}

// checkModes refuses flags that say different things of which VMs to migrate.
func (o *simulateFlags) checkModes() error {
	var typed []string
	for _, name := range selectors {
		if o.given[name] {
			typed = append(typed, "--"+name)
		}
	}
	if o.given["scenario"] && !o.given["stress"] {
		typed = append(typed, "--scenario")
	}
	if len(typed) > 1 {
		return fmt.Errorf("%s each say which VMs to migrate: give one of them", strings.Join(typed, " and "))
	}
	if o.given["count"] && (o.given["replay"] || o.given["fleet"]) {
		return fmt.Errorf("--count does not go with %s, which says itself how many", typed[0])
	}
	if o.given["fleet"] && o.output.keeps() && !o.output.inRows() {
		return errors.New("--fleet reports a distribution: --save and --plot keep single migrations; " +
			"add -o ndjson or -o csv, or leave them out")
	}
	return nil
}

// checkTimes refuses times that make no sense.
func (o *simulateFlags) checkTimes() error {
	switch {
	case !o.modes.continuous && !o.modes.interactive && (o.given["interval"] || o.given["duration"]):
		return errors.New("--interval and --duration are of --continuous: give that, too")
	case o.request.Interval <= 0:
		return fmt.Errorf("--interval %v must be above 0, such as 5s", o.request.Interval)
	case o.request.Duration < 0 || o.given["duration"] && o.request.Duration == 0:
		return fmt.Errorf("--duration %v must be above 0, such as 5m", o.request.Duration)
	case o.given["speed"] && !(o.request.Speed > 0):
		return fmt.Errorf("--speed %g must be above 0; 1 is real time", o.request.Speed)
	}
	return nil
}

// checkBackend refuses flags of the other back end.
func (o *simulateFlags) checkBackend() error {
	switch o.backend.name {
	case backendPrecopy:
		for _, name := range []string{"record", "sweep", "kernel", "qemu"} {
			if o.given[name] {
				return fmt.Errorf("--%s is of real migrations: give --backend %s too", name, backendQEMU)
			}
		}
	case backendQEMU:
		for _, name := range []string{"stress", "scenario", "replay", "fleet", "speed"} {
			if o.given[name] {
				return fmt.Errorf("--%s is of the physics: the guests of --backend %s are the lab's own, and take their own time",
					name, backendQEMU)
			}
		}
	default:
		return fmt.Errorf("--backend %q must be %s or %s", o.backend.name, backendPrecopy, backendQEMU)
	}
	return nil
}

// checkRemote refuses flags that need a server, or that a server takes the place of.
func (o *simulateFlags) checkRemote() error {
	switch {
	case o.predictor.url == "" && o.predictor.report:
		return errors.New("--report tells the vmmp serve at --url what came of each migration: give --url too")
	case o.predictor.url == "" && o.given["token"]:
		return errors.New("--token is for the vmmp serve at --url: give --url too")
	case o.predictor.url != "" && o.given["model"]:
		return errors.New("--model and --url each say who predicts: give one of them")
	case o.predictor.report && o.request.Mode == simulate.OfFleet && !o.output.inRows():
		return errors.New("--fleet reports a distribution: --report is of single migrations; add -o ndjson, or leave it out")
	}
	return nil
}
