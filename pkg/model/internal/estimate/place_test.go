package estimate

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/model/internal/modeltest"
	"vmmp/pkg/precopy"
)

// unlike is a site that is unlike a typical one in each constant that migrations tell.
func unlike() precopy.Site {
	s := precopy.Typical
	s.Overhead, s.Efficiency, s.OffsetMiB, s.Heat, s.EndMiB = 36*time.Millisecond, 0.8, 60, 1.5, 0
	return s
}

// at returns n outcomes that are as the physics of a site says, but for a little noise.
func at(site precopy.Site, n int, seed uint64) []Outcome {
	r := rand.New(rand.NewPCG(seed, 9))
	var outcomes []Outcome
	for _, m := range modeltest.Migrations(n, seed) {
		m.Features.Set(migration.TimeoutS, math.NaN())
		m.Features.Set(migration.BandwidthCap, math.NaN())
		m.Features.Set(migration.ResidentMiB, m.Features.Get(migration.MemoryMiB)/2)
		if vm, ok := site.Describe(m.Features); ok {
			a := vm.Expected()
			outcomes = append(outcomes, Outcome{
				m.Features, a.DowntimeMS * math.Exp(0.05*r.NormFloat64()), a.TotalTimeMS * math.Exp(0.01*r.NormFloat64()),
			})
		}
	}
	return outcomes
}

func TestPlaceOfFindsItsConstants(t *testing.T) {
	truth := unlike()
	for _, seed := range seeds {
		outcomes := at(truth, 150, seed)
		place, typical := PlaceOf(outcomes), precopy.Typical
		before, after, best := misfit(&typical, outcomes), misfit(&place, outcomes), misfit(&truth, outcomes)
		if after > best+0.2*(before-best) {
			t.Errorf("the physics is off by %.3f, of a typical site %.3f, of the true one %.3f", after, before, best)
		}
		if off := math.Abs(place.Efficiency - truth.Efficiency); off > 0.08 {
			t.Errorf("efficiency %v, want %v", place.Efficiency, truth.Efficiency)
		}
		if off := place.Overhead - truth.Overhead; off.Abs() > 15*time.Millisecond {
			t.Errorf("overhead %v, want %v", place.Overhead, truth.Overhead)
		}
		if !place.Valid() {
			t.Errorf("not valid: %+v", place)
		}
	}
}

// Zeros that lie as in a Linux that has just booted show in its pauses.
func TestPlaceOfFindsBootedGuests(t *testing.T) {
	booted := precopy.Typical
	booted.Zeros = precopy.ZerosAsBooted
	for _, seed := range seeds {
		if place := PlaceOf(at(booted, 60, seed)); place.Zeros != precopy.ZerosAsBooted {
			t.Errorf("found %+v", place)
		}
	}
}

// What tells nothing moves nothing, and one outcome hardly does.
func TestPlaceOfLittleIsTypical(t *testing.T) {
	silent, blind := at(unlike(), 60, 5), at(unlike(), 60, 5)
	for i := range silent {
		silent[i].DowntimeMS, silent[i].TotalTimeMS = math.NaN(), math.NaN()
		blind[i].Features = blind[i].Features.Only(SeedFeatures)
	}
	for name, outcomes := range map[string][]Outcome{
		"none": nil, "silent": silent, "no physics": blind, "as expected": at(precopy.Typical, 3, 5),
	} {
		if got := PlaceOf(outcomes); got != precopy.Typical {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// Each quantity teaches alone, and what nobody has recorded is not taken to be as the physics says.
func TestMisfitIsOfWhatIsKnown(t *testing.T) {
	outcomes, typical := at(unlike(), 60, 5), precopy.Typical
	both := misfit(&typical, outcomes)
	pauses, times := at(unlike(), 60, 5), at(unlike(), 60, 5)
	for i := range outcomes {
		pauses[i].TotalTimeMS, times[i].DowntimeMS = math.NaN(), math.NaN()
	}
	modeltest.Near(t, "misfit", misfit(&typical, pauses)+misfit(&typical, times), both)
	if misfit(&typical, pauses) <= 0 || misfit(&typical, times) <= 0 {
		t.Error("a site that is unlike a typical one fits it")
	}
}

func TestTellingOutcomesAreDrawnEvenly(t *testing.T) {
	all := make([]Outcome, 2*placeSample)
	for i := range all {
		all[i] = Outcome{Features: modeltest.VM(), DowntimeMS: float64(i), TotalTimeMS: math.NaN()}
		if i%10 == 0 {
			all[i].DowntimeMS = math.NaN()
		}
	}
	sample := telling(all)
	early := 0
	for i, o := range sample {
		if math.IsNaN(o.DowntimeMS) || i > 0 && o.DowntimeMS <= sample[i-1].DowntimeMS {
			t.Fatalf("outcome %v after %v", o.DowntimeMS, sample[max(i-1, 0)].DowntimeMS)
		}
		if o.DowntimeMS < placeSample {
			early++
		}
	}
	if len(sample) != placeSample || early < placeSample/2-2 || early > placeSample/2+2 {
		t.Errorf("%d are drawn, %d of them of the first half", len(sample), early)
	}
	if n := len(telling(all[:100])); n != 90 {
		t.Errorf("%d of 90 are drawn", n)
	}
}
