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
		{AutoConverge, "on", 1}, {AutoConverge, "Off", 0}, {TLS, "yes", 1}, {XBZRLE, " no ", 0},
		{Method, "precopy", MethodPrecopy}, {Method, " cpr ", MethodCPR}, {Compression, "qatzip", CompressionQatzip},
		{Hypervisor, "tcg", HypervisorTCG}, {HypervisorVersion, "8.1", VersionNumber(8, 1)}, {HypervisorVersion, "10", VersionNumber(10, 0)},
		{HypervisorVersion, "4.20", VersionNumber(4, 20)}, {HypervisorVersion, "10.0.2", VersionNumber(10, 0)},
		{CPULoad, "75%", 75}, {CPULoad, "75 %", 75}, {MemoryMiB, "4194304KiB", 4096}, {MemoryMiB, "4194304 KiB", 4096}, {MemoryMiB, "4GiB", 4096},
		{MemoryMiB, "4G", 4096}, {MemoryMiB, "4g", 4096}, {MemoryMiB, "1TB", 1e12 / (1 << 20)}, {MemoryMiB, "4294967296B", 4096}, {ResidentMiB, "512mib", 512},
		{NetworkBandwidth, "10Gbps", 10000}, {NetworkBandwidth, "10gbps", 10000}, {NetworkBandwidth, "2.5Gbit/s", 2500}, {BandwidthCap, "125MB/s", 1000},
		{BandwidthCap, "32MiB/s", 268.435456}, {BandwidthCap, "100mbps", 100}, {BandwidthCap, "100MBps", 800}, {DirtyRate, "2GiB/s", 2048},
		{DirtyRate, "1024KiB/s", 1}, {DiskIO, "125MiB/s", 131.072}, {DowntimeLimitMS, "300ms", 300}, {DowntimeLimitMS, "1.5s", 1500},
		{DowntimeLimitMS, "1 s", 1000}, {TimeoutS, "5m", 300}, {TimeoutS, "1h", 3600}, {TimeoutS, "1m30s", 90}, {TimeoutS, "2500 ms", 2.5}, {DowntimeLimitMS, "5000µs", 5},
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
		{CPULoad, "75MiB", `is in %, and "MiB" is no other unit of that: write %`},
		{CPULoad, "101%", "must be 0 to 100 %, not 101%"},
		{VCPUs, "4 cores", `is a number without a unit, not one in "cores"`},
		{MemoryMiB, "4Gbps", `is in MiB, and "Gbps" is no other unit of that: write B, G, GB, GiB, K, KiB, M, MB, MiB, T, TB, TiB, kB`},
		{MemoryMiB, "4 GiB of RAM", `must be a number, 1 to 67108864 MiB, not "4 GiB of RAM"`},
		{MemoryMiB, "4294967296", "must be 1 to 67108864 MiB, neither KiB nor bytes, not 4294967296"},
		{NetworkBandwidth, "10mb/s", `has the unit "mb/s", which may mean MB/s or Mb/s: write one of these`},
		{TimeoutS, "1m-30s", `must be a number, 0 for none, or 1 to 1000000 s, not "1m-30s"`},
		{Method, "", `must be one of precopy, postcopy, postcopy-timeout, cpr, not ""`},
		{Method, "Post-Copy", `must be one of precopy, postcopy, postcopy-timeout, cpr, not "Post-Copy"; did you mean postcopy?`},
		{Method, "post_copy_timeout", `must be one of precopy, postcopy, postcopy-timeout, cpr, not "post_copy_timeout"; did you mean postcopy-timeout?`},
		{Compression, "gzip", `must be one of none, zlib, zstd, qatzip, qpl, uadk, not "gzip"`},
		{Hypervisor, strings.Repeat("k", 100_000), `must be one of kvm, tcg, xen, other, not "` + strings.Repeat("k", 40) + `..."`},
		{HypervisorVersion, "latest", `must be a version such as 8.1 or 10.0, not "latest"`},
		{HypervisorVersion, "0.9", "must be a version such as 8.1 or 10.0, not 0.9"},
		{HypervisorVersion, "9.100", "must be a version such as 8.1 or 10.0, not 9.100"},
		{HypervisorVersion, "8.-1", `must be a version such as 8.1 or 10.0, not "8.-1"`},
		{CPULoad, "101", "must be 0 to 100 %, not 101"},
		{CPULoad, "-1", "must be 0 to 100 %, not -1"},
		{VCPUs, "2.5", "must be a whole number, 1 to 4096, not 2.5"},
		{VCPUs, "0", "must be 1 to 4096, not 0"},
		{AutoConverge, "perhaps", `must be true or false, not "perhaps"`},
		{AutoConverge, "2", `must be true or false, not "2"`},
		{DirtyCurve, "", `must be seconds:MiB pairs like 0.1:3.4,1:12, not ""`},
		{DirtyCurve, "1", `must be seconds:MiB pairs like 0.1:3.4,1:12, not "1"`},
		{DirtyCurve, "1:2:3", `must be seconds:MiB pairs like 0.1:3.4,1:12, not "1:2:3"`},
		{DirtyCurve, "1:5,", `must be seconds:MiB pairs like 0.1:3.4,1:12, not ""`},
		{DirtyCurve, "1:5;2:6", `must be seconds:MiB pairs like 0.1:3.4,1:12, not "1:5;2:6"`},
		{DirtyCurve, "1:nan", `must be seconds:MiB pairs like 0.1:3.4,1:12, not "1:nan"`},
		{DirtyCurve, "2:5,1:6", "goes from a window of 2 s to one of 1 s: give the windows in ascending order"},
		{DirtyCurve, strings.Repeat("1:1,", 100_000), "has more than 1000 points"},
		{MemoryMiB, strings.Repeat("9", 100), "must be 1 to 67108864 MiB, neither KiB nor bytes, not " + strings.Repeat("9", 40) + "..."},
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
