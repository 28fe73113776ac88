package cmd

import (
	"context"
	"strings"
	"testing"

	"github.com/spf13/pflag"
	"pgregory.net/rapid"

	"vmmp/pkg/migration"
)

func TestEveryFeatureHasItsFlag(t *testing.T) {
	flags := newPredictCommand(&newFakeEnv().env).Flags()
	for _, d := range migration.Definitions {
		flag := flags.Lookup(d.Flag)
		if flag == nil {
			t.Errorf("predict has no --%s", d.Flag)
			continue
		}
		if !strings.Contains(flag.Usage, d.Doc) || strings.Contains(flag.Usage, "(required)") != d.Required {
			t.Errorf("--%s is explained as %q", d.Flag, flag.Usage)
		}
		if d.Kind != migration.Points && !strings.Contains(flag.Usage, d.Unit) {
			t.Errorf("--%s has no unit %s in %q", d.Flag, d.Unit, flag.Usage)
		}
	}
}

// drawFeatures draws any features that a request may hold, contradictions aside.
func drawFeatures(t *rapid.T) migration.Features {
	var x migration.Features
	for _, d := range migration.Definitions {
		if !rapid.Bool().Draw(t, d.Name+" known") {
			continue
		}
		switch d.Kind {
		case migration.Points:
			x.SetPoints(drawPoints(t))
		case migration.Bool, migration.Choice, migration.Integer, migration.Version:
			x.Set(d.Feature, float64(rapid.IntRange(int(d.Min), int(d.Max)).Draw(t, d.Name)))
		default:
			x.Set(d.Feature, rapid.Float64Range(d.Min, d.Max).Draw(t, d.Name))
		}
	}
	return x
}

func drawPoints(t *rapid.T) []migration.Point {
	var points []migration.Point
	at := migration.Point{Seconds: 1e-3}
	for range rapid.IntRange(1, 6).Draw(t, "points") {
		at.Seconds += rapid.Float64Range(1e-3, 1000).Draw(t, "seconds")
		at.MiB += rapid.Float64Range(0, 1e6).Draw(t, "mib")
		points = append(points, at)
	}
	return points
}

// What is written for a person reads back the same, through the flags themselves.
func TestFlagsReadWhatIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawFeatures(t)
		var args []string
		for f := range want.Known().All() {
			args = append(args, "--"+f.Definition().Flag+"="+want.Format(f, curveSeparator))
		}
		var flags featureFlags
		set := pflag.NewFlagSet("", pflag.ContinueOnError)
		flags.add(set)
		if err := set.Parse(args); err != nil {
			t.Fatal(err)
		}
		got, faults := flags.parse()
		if len(faults) > 0 || !got.Equal(want) {
			t.Fatalf("read %v, want %v: %v", got, want, faults)
		}
		if flags.any() != (want.Known() != 0) {
			t.Fatalf("any is %v of %v", flags.any(), want.Known())
		}
	})
}

// A flag's faults name the flag and never the field, however the field was named.
func TestFlagFaults(t *testing.T) {
	faults := flagFaults(migration.Faults{
		{Location: "dirty_rate", Message: "contradicts dirty_curve; see working_set_mib"},
		{Location: "somewhere", Message: "is dark"},
		{Location: "hypervisor_version", Message: "says nothing of a method, nor of a hypervisor: x_working_set_mib"},
	})
	for i, want := range []string{"--dirty-rate contradicts --dirty-curve; see --working-set", "somewhere is dark",
		"--hypervisor-version says nothing of a method, nor of a hypervisor: x_working_set_mib"} {
		if got := faults[i].Location + " " + faults[i].Message; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// However the flags are wrong, it is told in lines that begin alike, with nothing
// on standard output.
func TestAnyFlagsEndWell(t *testing.T) {
	words := []string{"--cpu", "75", "--mem", "-1", "--dirty-curve", "1:2,3", "--auto-converge", "--live=no", "-o", "json",
		"--input", "--format", "csv", "--max-downtime", "1h", "--assurance", "NaN", "--", "-", "--model", "/", "\x00", "--cpu=", "train", "help"}
	rapid.Check(t, func(t *rapid.T) {
		c := newFakeEnv(append([]string{"predict"}, rapid.SliceOfN(rapid.SampledFrom(words), 0, 6).Draw(t, "args")...)...)
		code := execute(context.Background(), &c.env)
		for line := range strings.Lines(c.errs.String()) {
			if !strings.HasPrefix(line, "vmmp: ") {
				t.Fatalf("told %q", line)
			}
		}
		switch {
		case code == exitOK || code == exitExceeded:
			if c.out.Len() == 0 {
				t.Fatal("no result")
			}
		case code != exitUsage || c.out.Len() > 0 || c.errs.Len() == 0:
			t.Fatalf("exit %d, stdout %q, stderr %q", code, c.out.String(), c.errs.String())
		}
	})
}
