package migration

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A value says the same in every unit: divided by a unit's factor and written with it, it reads back.
func TestUnitsSayTheSame(t *testing.T) {
	for unit, known := range units {
		for name, factor := range known {
			if v, err := parseQuantity(plain(12/factor)+name, unit); err != nil || math.Abs(v-12) > 1e-9 {
				t.Errorf("12 %s in %s read back as %v, %v", unit, name, v, err)
			}
		}
	}
}

func TestUnitFactor(t *testing.T) {
	for _, test := range []struct {
		given, unit string
		want        float64
	}{{"GiB", "MiB", 1024}, {"B/s", "Mbps", 8e-6}, {"", "", 1}, {"%", "%", 1}} {
		if got, err := UnitFactor(test.given, test.unit); err != nil || got != test.want {
			t.Errorf("%q in %q: %v, %v", test.given, test.unit, got, err)
		}
	}
	for given, unit := range map[string]string{"s": "MiB", "B": "", "": "MiB"} {
		if factor, err := UnitFactor(given, unit); err == nil {
			t.Errorf("%q in %q: %v", given, unit, factor)
		}
	}
}

// Every unit of the feature table can be written behind its numbers.
func TestFeaturesHaveUnits(t *testing.T) {
	for _, d := range Definitions {
		if d.Kind != Number || d.Unit == "" {
			continue
		}
		if v, err := d.parse(plain(d.Max) + " " + d.Unit); err != nil || v != d.Max {
			t.Errorf("%s: %v, %v", d.Name, v, err)
		}
	}
}

// Powers of 1024 and of 1000 are told apart, bits and bytes as well.
func TestUnitsByHand(t *testing.T) {
	for _, test := range []struct {
		text, unit string
		want       float64
	}{
		{"1GiB", "MiB", 1024}, {"1GB", "MiB", 953.67431640625}, {"1G", "MiB", 1024}, {"1kB", "MiB", 1000.0 / (1 << 20)}, {"1K", "MiB", 1.0 / 1024},
		{"1Gb/s", "Mbps", 1000}, {"1GB/s", "Mbps", 8000}, {"1GiB/s", "Mbps", 8589.934592}, {"1GBps", "Mbps", 8000}, {"1bps", "Mbps", 1e-6},
		{"1MiB/s", "MB/s", 1.048576}, {"1d", "s", 86400}, {"1us", "ms", 0.001}, {"1h2m3s", "s", 3723}, {"-1GiB", "MiB", -1024}, {"1e3 MiB", "MiB", 1000},
		{"67551pages/s", "MiB/s", 263.87109375}, {"205413       pages/s", "MiB/s", 802.39453125}, {"1.092 GiB/s", "Mbps", 9380.208574464},
	} {
		if v, err := parseQuantity(test.text, test.unit); err != nil || v != test.want {
			t.Errorf("%s is %v %s, want %v: %v", test.text, v, test.unit, test.want, err)
		}
	}
}

// What may be none says so in a word, too; what must be something does not.
func TestNone(t *testing.T) {
	for _, d := range Definitions {
		x := with(float64(CPULoad), 1)
		if err := x.Parse(d.Feature, " None", ';'); d.ZeroNone && (err != nil || x.Known() != Of(CPULoad)) {
			t.Errorf("%s: %v, known are %v", d.Name, err, x.Known())
		} else if !d.ZeroNone && d.Kind != Choice && err == nil {
			t.Errorf("%s is none", d.Name)
		}
	}
}

func TestQuantity(t *testing.T) {
	if v, err := Quantity("64.5 GiB", "MiB"); v != 66048 || err != nil {
		t.Errorf("%v, %v", v, err)
	}
	for text, want := range map[string]string{"many": `is no number: "many"`, "": `is no number: ""`, "4 Gbps": `is in MiB, and "Gbps" is no other unit`} {
		if _, err := Quantity(text, "MiB"); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Whatever is read of a text is a value of its feature, and reads back from what is written of it.
func FuzzParse(f *testing.F) {
	for i, seed := range []string{
		"4GiB", "4194304 KiB", "10Gbps", "10mb/s", "1.5s", "1m30s", "75%", "on", "NA", "0", "-0", "1e400KiB", "9e15TiB", "postcopy", "post-copy",
		"8.1", "10.0.2", "9.100", "1:2", "100ms:3MiB,1s:1GiB", "1h1h", "µs", "1\nGiB", ".", "5e-324B", "+.5E+1 kB", "0x1p4KiB", "١GiB",
	} {
		f.Add(uint8(i), seed)
	}
	f.Fuzz(func(t *testing.T, feature uint8, text string) {
		d := Definitions[int(feature)%Count]
		var x Features
		err := x.Parse(d.Feature, text, ',')
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r") || len(err.Error()) > 400 || !x.Equal(Features{}) {
				t.Errorf("error is not one short line: %q", err)
			}
			return
		}
		if faults := x.CheckBounds(); faults != nil {
			t.Errorf("%s %q is accepted: %v", d.Name, text, faults)
		}
		if !x.Known().Has(d.Feature) {
			if v, err := parseQuantity(text, d.Unit); !d.ZeroNone || v != 0 || err != nil {
				t.Errorf("%s %q is unknown", d.Name, text)
			}
			return
		}
		var y Features
		if err := y.Parse(d.Feature, x.Format(d.Feature, ','), ','); err != nil || !x.Equal(y) {
			t.Errorf("%s %q: %q reads back as %+v, %v", d.Name, text, x.Format(d.Feature, ','), y, err)
		}
	})
}

// Zero says that there is no cap and no timeout, in whatever unit and form; elsewhere it is a value.
func TestZeroIsNone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := rapid.SampledFrom(Definitions[:]).Draw(t, "feature")
		if d.Kind != Number || d.Min > 0 && !d.ZeroNone {
			return
		}
		x := sample()
		if err := x.Parse(d.Feature, rapid.SampledFrom([]string{"0", "-0", "0.0", "0e5", "0" + d.Unit}).Draw(t, "zero"), ','); err != nil {
			t.Fatalf("%s: %v", d.Name, err)
		}
		record, _, faults := DecodeJSON([]byte(`{"` + d.Name + `": 0}`))
		if faults != nil || x.Known().Has(d.Feature) == d.ZeroNone || record.Features.Known().Has(d.Feature) == d.ZeroNone {
			t.Fatalf("%s: %v from text, %v from JSON, %v", d.Name, x.Get(d.Feature), record.Features.Get(d.Feature), faults)
		}
	})
}
