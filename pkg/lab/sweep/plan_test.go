package sweep

import (
	"bytes"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"vmmp/pkg/lab"
	"vmmp/pkg/lab/guest"
	"vmmp/pkg/lab/link"
	"vmmp/pkg/migration"
)

// committed is the plan of the recorded data set.
func committed(t testing.TB) Plan {
	t.Helper()
	text, err := os.ReadFile("../../../testdata/migrations/lab/plan.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := ReadPlan(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A recording that is broken off goes on by the names of its migrations: each must mean the same in every run.
func TestAPlanAlwaysMeansTheSame(t *testing.T) {
	p := committed(t)
	if !reflect.DeepEqual(p.Migrations(), p.Migrations()) {
		t.Error("a plan drew other migrations the second time")
	}
	other := p
	other.Seed++
	if a, b := p.Migrations()[0], other.Migrations()[0]; reflect.DeepEqual(a, b) {
		t.Errorf("another seed drew the same: %+v", a)
	}
}

func TestThePlanSpansWhatItSays(t *testing.T) {
	p := committed(t)
	all := p.Migrations()
	if want := p.Settings*p.Moves + p.Repeats.Settings*p.Repeats.Times; len(all) != want {
		t.Fatalf("%d migrations, want %d", len(all), want)
	}
	seen, limits := map[any]int{}, make([]int, 10)
	for _, m := range all {
		seen[m.ID]++
		if m.Repeat > 0 {
			continue
		}
		w := m.Setting.Workload
		if err := w.Validate(); err != nil {
			t.Errorf("%s: %v", m.ID, err)
		}
		if link := m.Move.Link.Mbps; link < p.LinkMbps[0] || link > p.LinkMbps[1] {
			t.Errorf("%s: link of %g Mbps", m.ID, link)
		}
		if pass := p.firstPassMiB(m.Setting) / (m.Move.Link.Mbps * mibPerMbit); pass > p.FirstPass*1.01 {
			t.Errorf("%s: a first pass of %.1f s", m.ID, pass)
		}
		seen[m.Setting.Machine.MemoryMiB]++
		seen[m.Setting.Machine]++
		seen[w.Content]++
		seen[w.Pattern]++
		seen[w.DirtyRate == 0]++
		seen[m.Move.AutoConverge]++
		for i := range limits {
			low := Range{p.LimitMS[0], p.LimitMS[1]}.at(float64(i) / 10)
			high := Range{p.LimitMS[0], p.LimitMS[1]}.at(float64(i+1) / 10)
			if ms := inMilliseconds(m.Move.Limit); low <= ms && ms < high {
				limits[i]++
			}
		}
	}
	for _, memory := range p.MemoryMiB {
		for _, vcpus := range p.VCPUs {
			if seen[lab.Machine{MemoryMiB: memory, VCPUs: vcpus}] == 0 {
				t.Errorf("no guest of %d MiB and %d vCPUs", memory, vcpus)
			}
		}
	}
	rows := p.Settings * p.Moves
	for what, want := range map[any]float64{guest.ZeroContent: p.Zero, guest.RandomContent: 1 - p.Zero, guest.UniformPattern: 1. / 3, guest.HotColdPattern: 1. / 3, guest.SequentialPattern: 1. / 3} {
		if share := float64(seen[what]) / float64(rows); share < want-0.02 || share > want+0.02 {
			t.Errorf("%v: %.3f of all, want %.3f", what, share, want)
		}
	}
	for i, n := range limits { // a Latin hypercube holds as many in each part, but for rounding to whole ms
		if share := float64(n) / float64(rows); share < 0.09 || share > 0.11 {
			t.Errorf("tenth %d of the limits: %.3f of all", i, share)
		}
	}
	for id, n := range seen {
		if name, ok := id.(string); ok && n > 1 {
			t.Errorf("%d migrations are called %s", n, name)
		}
	}
}

// What a guest cannot hold would end a sweep in the middle of the night.
func TestTheDrawFitsTheGuests(t *testing.T) {
	// What the workload found free in real guests of these sizes.
	room := map[int]int{256: 138, 384: 261, 512: 385, 768: 541, 1024: 767, 1536: 1266, 2048: 1764}
	for _, m := range committed(t).Migrations() {
		memory, asked := m.Setting.Machine.MemoryMiB, m.Setting.Workload.ResidentMiB
		if most, known := room[memory]; !known || asked > most {
			t.Errorf("%s: a guest of %d MiB is to hold %d, and has %d", m.ID, memory, asked, most)
		}
	}
}

func TestRepeatsDifferInNothing(t *testing.T) {
	p := committed(t)
	first, repeats, boot := map[string]Planned{}, map[string]int{}, -1
	for i, m := range p.Migrations() {
		if m.Boot != boot && i > 0 && m.Boot == p.Migrations()[i-1].Boot {
			t.Errorf("%s: boot %d is not in one piece", m.ID, m.Boot)
		}
		boot = m.Boot
		if m.Repeat == 0 {
			if _, known := first[m.Setting.Name]; !known {
				first[m.Setting.Name] = m
				if !m.Measure {
					t.Errorf("%s: the first of its setting is not measured", m.ID)
				}
			}
			continue
		}
		repeats[m.Setting.Name]++
		of := first[m.Setting.Name]
		if m.Setting != of.Setting || m.Move != of.Move || !m.Measure || m.Setting.Name != strings.TrimSuffix(of.ID, "-1") {
			t.Errorf("%s is no repeat of %s", m.ID, of.ID)
		}
	}
	if len(repeats) != p.Repeats.Settings {
		t.Errorf("%d settings are repeated, want %d", len(repeats), p.Repeats.Settings)
	}
	for name, n := range repeats {
		if n != p.Repeats.Times {
			t.Errorf("%s is repeated %d times, want %d", name, n, p.Repeats.Times)
		}
	}
}

func TestFixTakesTheDrawAway(t *testing.T) {
	var x migration.Features
	for f, v := range map[migration.Feature]float64{
		migration.MemoryMiB: 512, migration.VCPUs: 2, migration.NetworkBandwidth: 900,
		migration.BandwidthCap: 500, migration.DowntimeLimitMS: 70, migration.AutoConverge: 1,
	} {
		x.Set(f, v)
	}
	for _, m := range DefaultPlan(40, 3).Fix(x).Migrations() {
		want := lab.Move{Method: lab.Precopy, Link: m.Move.Link, CapMbps: 500, Limit: 70 * time.Millisecond, AutoConverge: true, MaxRounds: m.Move.MaxRounds, Force: m.Move.Force}
		if m.Move != want || m.Move.Link.Mbps != 900 || (m.Setting.Machine != lab.Machine{MemoryMiB: 512, VCPUs: 2}) {
			t.Errorf("%+v of %+v", m.Move, m.Setting.Machine)
		}
		var told migration.Features
		setFeatures(&told, m.Move)
		for f := range told.Known().All() {
			if told.Get(f) != x.Get(f) && !told.AsAssumed(f) {
				t.Errorf("%v is told as %g, want %g", f, told.Get(f), x.Get(f))
			}
		}
	}
}

const smallPlan = `{name: a, seed: 1, settings: 2, moves: 1, per_boot: 1, memory_mib: [256], vcpus: [1], link_mbps: [100, 200],
limit_ms: [50, 60], dirty_mib_s: [1, 2], patterns: [uniform], idle: 0, zero: 0, first_pass: 10}`

func TestPlansThatCannotBe(t *testing.T) {
	if _, err := ReadPlan(strings.NewReader(smallPlan)); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ from, to, want string }{
		"not YAML":          {"{", "[", "read sweep plan: "},
		"an unknown key":    {"seed", "sede", "field sede not found"},
		"no name":           {"name: a,", "", "name is missing"},
		"no settings":       {"settings: 2", "settings: 0", "settings is 0; give 1 to 100000"},
		"no moves":          {"moves: 1", "moves: 0", "moves is 0; give 1 to 100"},
		"no boots":          {"per_boot: 1", "per_boot: 0", "per_boot is 0; give 1 or more"},
		"a tiny guest":      {"[256]", "[256, 64]", "memory_mib must be sizes of 256 or more"},
		"no guest":          {"[256]", "[]", "memory_mib must be sizes of 256 or more"},
		"no vCPU":           {"vcpus: [1]", "vcpus: [0]", "vcpus must be numbers of 1 or more"},
		"a range backwards": {"[100, 200]", "[200, 100]", "link_mbps must be two numbers above 0, the lower one first"},
		"a range of NaN":    {"[50, 60]", "[.nan, 60]", "limit_ms must be two numbers"},
		"a wrong set":       {"idle: 0", "idle: 0, working_set: [0.1, 2]", "working_set must be two shares"},
		"no pattern":        {"[uniform]", "[]", "patterns is missing"},
		"a wrong pattern":   {"[uniform]", "[circular]", `pattern is "circular"`},
		"a wrong share":     {"idle: 0", "idle: 2", "idle is 2; give a share of 0 to 1"},
		"no time to pass":   {"first_pass: 10", "first_pass: 0", "first_pass is 0; give seconds above 0"},
		"too many repeats":  {"seed: 1", "seed: 1, repeats: {settings: 3, times: 1}", "no more settings than there are"},
	} {
		_, err := ReadPlan(strings.NewReader(strings.Replace(smallPlan, test.from, test.to, 1)))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", name, err, test.want)
		}
	}
}

func FuzzReadPlan(f *testing.F) {
	f.Add([]byte(smallPlan))
	f.Add([]byte("settings: 1e9"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := ReadPlan(bytes.NewReader(text))
		if err != nil || p.Settings*(p.Moves+p.Repeats.Times) > 5000 || len(p.MemoryMiB) > 100 {
			return
		}
		for _, m := range p.Migrations() {
			if m.ID == "" || m.Move.Limit <= 0 || m.Move.MaxRounds < 1 {
				t.Fatalf("impossible migration %+v", m)
			}
		}
	})
}

// Every dimension of a Latin hypercube holds one point in each of its parts.
func TestHypercubeFillsEveryPart(t *testing.T) {
	const n = 97
	points := hypercube(n, 5, 11)
	for dim := range 5 {
		var taken [n]bool
		for _, p := range points {
			taken[int(p[dim]*n)] = true
		}
		for part, is := range taken {
			if !is {
				t.Errorf("dimension %d: part %d is empty", dim, part)
			}
		}
	}
}

// What an operator is told of a move can be asked about.
func TestFeaturesOfAMoveAreValid(t *testing.T) {
	for from, want := range map[time.Duration]float64{
		0: migration.MethodPostcopy, 300 * time.Millisecond: migration.MethodPostcopy, 2 * time.Second: migration.MethodPostcopyTimeout,
	} {
		var x migration.Features
		x.Set(migration.CPULoad, 1)
		x.Set(migration.MemoryUsage, 1)
		setFeatures(&x, lab.Move{Method: lab.Postcopy, PostcopyFrom: from, Link: link.Link{Mbps: 1000}, Limit: time.Second})
		if got := x.Get(migration.Method); got != want || len(x.Validate()) > 0 {
			t.Errorf("after %v: method %g, want %g; %v", from, got, want, x.Validate())
		}
	}
}
