package migration

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	tests := []struct {
		f    Feature
		text string
		want float64
	}{
		{CPULoad, "75", 75}, {CPULoad, " 75.5 ", 75.5}, {CPULoad, "0", 0}, {CPULoad, "100", 100}, {CPULoad, "1e2", 100},
		{CPULoad, "+5", 5}, {CPULoad, ".5", 0.5}, {VCPUs, "4", 4}, {VCPUs, "4.0", 4}, {AutoConverge, "true", 1},
		{AutoConverge, "False", 0}, {AutoConverge, "1", 1}, {AutoConverge, "0", 0}, {MemoryMiB, "67108864", 67108864},
	}
	for _, test := range tests {
		var x Features
		if err := x.Parse(test.f, test.text, ','); err != nil || x.Get(test.f) != test.want {
			t.Errorf("%s %q: %v, %v", test.f, test.text, x.Get(test.f), err)
		}
	}
}

func TestParseSaysWhatIsWrong(t *testing.T) {
	tests := []struct {
		f    Feature
		text string
		want string
	}{
		{CPULoad, "", `must be a number, 0 to 100 %, not ""`},
		{CPULoad, "high", `must be a number, 0 to 100 %, not "high"`},
		{CPULoad, "NaN", `must be a number, 0 to 100 %, not "NaN"`},
		{CPULoad, "inf", `must be a number, 0 to 100 %, not "inf"`},
		{CPULoad, "-Infinity", `must be a number, 0 to 100 %, not "-Infinity"`},
		{CPULoad, "0x10", `must be a number, 0 to 100 %, not "0x10"`},
		{CPULoad, "0x1p4", `must be a number, 0 to 100 %, not "0x1p4"`},
		{CPULoad, "1_0", `must be a number, 0 to 100 %, not "1_0"`},
		{CPULoad, "1e400", `must be a number, 0 to 100 %, not "1e400"`},
		{CPULoad, "7,5", `must be a number, 0 to 100 %, not "7,5"`},
		{CPULoad, "75%", `must be a number, 0 to 100 %, not "75%"`},
		{CPULoad, "101", "must be 0 to 100 %, not 101"},
		{CPULoad, "-1", "must be 0 to 100 %, not -1"},
		{VCPUs, "2.5", "must be a whole number, 1 to 4096, not 2.5"},
		{VCPUs, "0", "must be 1 to 4096, not 0"},
		{AutoConverge, "yes", `must be true or false, not "yes"`},
		{AutoConverge, "2", `must be true or false, not "2"`},
		{DirtyCurve, "", `must be seconds:MiB pairs like 0.1:3.4,1:12, not ""`},
		{DirtyCurve, "1", `must be seconds:MiB pairs like 0.1:3.4,1:12, not "1"`},
		{DirtyCurve, "1:2:3", `must be seconds:MiB pairs like 0.1:3.4,1:12, not "1:2:3"`},
		{DirtyCurve, "1:5,", `must be seconds:MiB pairs like 0.1:3.4,1:12, not ""`},
		{DirtyCurve, "1:5;2:6", `must be seconds:MiB pairs like 0.1:3.4,1:12, not "1:5;2:6"`},
		{DirtyCurve, "1:nan", `must be seconds:MiB pairs like 0.1:3.4,1:12, not "1:nan"`},
		{DirtyCurve, "2:5,1:6", "goes from a window of 2 s to one of 1 s: give the windows in ascending order"},
		{DirtyCurve, strings.Repeat("1:1,", 100_000), "has more than 1000 points"},
		{MemoryMiB, strings.Repeat("9", 100), "must be 1 to 67108864 MiB, not " + strings.Repeat("9", 40) + "..."},
		{MemoryMiB, strings.Repeat("ä", 100), `must be a number, 1 to 67108864 MiB, not "` + strings.Repeat("ä", 20) + `..."`},
	}
	for _, test := range tests {
		var x Features
		err := x.Parse(test.f, test.text, ',')
		if err == nil || err.Error() != test.want || !x.Equal(Features{}) {
			t.Errorf("%s %.30q: %v, want %s", test.f, test.text, err, test.want)
		}
	}
}

func TestFormatIsWhatParseReads(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := drawFeatures(t)
		sep := rapid.SampledFrom([]byte{',', ';'}).Draw(t, "separator")
		var y Features
		for f := range x.Known().All() {
			if err := y.Parse(f, x.Format(f, sep), sep); err != nil {
				t.Fatalf("%s %s: %v", f, x.Format(f, sep), err)
			}
		}
		if !x.Equal(y) {
			t.Fatalf("%+v, was %+v", y, x)
		}
	})
}

func TestFormatByHand(t *testing.T) {
	x := sample()
	for f, want := range map[Feature]string{
		CPULoad: "75", DiskIO: "12.5", AutoConverge: "true", DirtyCurve: "0.1:3.4;1:12;10:40", MemoryMiB: "4096",
	} {
		if got := x.Format(f, ';'); got != want {
			t.Errorf("%s: %s, want %s", f, got, want)
		}
	}
}

func TestPlain(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 1: "1", -2.5: "-2.5", 0.1: "0.1", 67108864: "67108864", 1e14: "100000000000000", 1e15: "1e+15",
		1e-6: "0.000001", 1e-7: "1e-07", math.MaxFloat64: "1.7976931348623157e+308",
	} {
		if got := plain(v); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func FuzzParsePoints(f *testing.F) {
	for _, seed := range []string{
		"", ":", "1:2", "0.1:3.4,1:12,10:40", "1:2,", ",1:2", "1:2,1:2", "2:1,1:1", "1:5,2:4", " 1 : 2 , 3 : 4 ", "1e400:1", "nan:1",
		"1:inf", "0x1:1", "1e-3:0", "-0:0", "1:-0", "1e6:67108864", "1\n:2", "1:2;3:4", "5e-324:1", strings.Repeat("1:1,", 1100),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		points, err := ParsePoints(text, ',')
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r") || len(err.Error()) > 400 {
				t.Errorf("error is not one short line: %q", err)
			}
			return
		}
		if message := checkPoints(points); len(points) == 0 || message != "" {
			t.Errorf("%q is accepted and %s", text, message)
		}
		again, err := ParsePoints(FormatPoints(points, ','), ',')
		var x, y Features
		x.SetPoints(points)
		y.SetPoints(again)
		if err != nil || !x.Equal(y) {
			t.Errorf("%q: read %v, read again %v, %v", text, points, again, err)
		}
	})
}
