package cmd

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"vmmp/pkg/simulate"
)

// check refuses what cannot be simulated, before anything is measured.
func (o SimulateOptions) check() error {
	for _, check := range []func() error{o.checkBackend, o.checkCount, o.checkModes, o.checkTimes, o.checkRemote} {
		if err := check(); err != nil {
			return err
		}
	}
	if _, err := simulate.NamedScenarios(o.scenarios...); err != nil {
		return fmt.Errorf("--scenario: %w", err)
	}
	if o.save {
		if err := checkWritable("--save:", "./simulation_results.json"); err != nil {
			return err
		}
	}
	return checkWritable("--plot", o.plot)
}

// checkCount refuses numbers of migrations, and of VMs.
func (o SimulateOptions) checkCount() error {
	switch {
	case o.count < 1 || o.backend != backendQEMU && o.count > simulate.MaxCount:
		return fmt.Errorf("--count %d must be 1 to %d", o.count, simulate.MaxCount)
	case o.given["fleet"] && (o.fleet < 1 || o.fleet > simulate.MaxFleet):
		return fmt.Errorf("--fleet %d must be 1 to %d VMs", o.fleet, simulate.MaxFleet)
	case o.given["evacuate"] && !o.given["fleet"]:
		return errors.New("--evacuate empties a host of --fleet: give that, too; or --scenario evacuation")
	case o.given["evacuate"] && (o.evacuate < 0 || o.evacuate > o.fleet):
		return fmt.Errorf("--evacuate %d must be 0 to the %d VMs of --fleet", o.evacuate, o.fleet)
	}
	return nil
}

// modeFlags say which VMs are migrated: at most one of them can.
var modeFlags = []string{"continuous", "stress", "replay", "fleet", "interactive"}

// checkModes refuses flags that say different things of which VMs to migrate.
func (o SimulateOptions) checkModes() error {
	var typed []string
	for _, name := range modeFlags {
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
	if o.given["fleet"] && (o.save || o.plot != "") && o.output != "csv" && o.output != "ndjson" {
		return errors.New("--fleet reports a distribution: --save and --plot keep single migrations; add -o ndjson or -o csv, or leave them out")
	}
	return nil
}

// checkTimes refuses times that make no sense.
func (o SimulateOptions) checkTimes() error {
	switch {
	case !o.continuous && !o.interactive && (o.given["interval"] || o.given["duration"]):
		return errors.New("--interval and --duration are of --continuous: give that, too")
	case o.interval <= 0:
		return fmt.Errorf("--interval %v must be above 0, such as 5s", o.interval)
	case o.duration < 0 || o.given["duration"] && o.duration == 0:
		return fmt.Errorf("--duration %v must be above 0, such as 5m", o.duration)
	case o.given["speed"] && !(o.speed > 0):
		return fmt.Errorf("--speed %g must be above 0; 1 is real time", o.speed)
	}
	return nil
}

// checkBackend refuses flags of the other back end.
func (o SimulateOptions) checkBackend() error {
	switch o.backend {
	case backendPrecopy:
		for _, name := range []string{"record", "sweep", "kernel", "qemu"} {
			if o.given[name] {
				return fmt.Errorf("--%s is of real migrations: give --backend %s too", name, backendQEMU)
			}
		}
	case backendQEMU:
		for _, name := range []string{"stress", "scenario", "replay", "fleet", "speed"} {
			if o.given[name] {
				return fmt.Errorf("--%s is of the physics: the guests of --backend %s are the lab's own, and take their own time", name, backendQEMU)
			}
		}
	default:
		return fmt.Errorf("--backend %q must be %s or %s", o.backend, backendPrecopy, backendQEMU)
	}
	return nil
}

// checkRemote refuses flags that need a server, or that a server takes the place of.
func (o SimulateOptions) checkRemote() error {
	switch {
	case o.url == "" && o.report:
		return errors.New("--report tells the vmmp serve at --url what came of each migration: give --url too")
	case o.url == "" && o.given["token"]:
		return errors.New("--token is for the vmmp serve at --url: give --url too")
	case o.url != "" && o.given["model"]:
		return errors.New("--model and --url each say who predicts: give one of them")
	case o.report && o.fleet > 0 && !slices.Contains([]string{"csv", "ndjson"}, o.output):
		return errors.New("--fleet reports a distribution: --report is of single migrations; add -o ndjson, or leave it out")
	}
	return nil
}
