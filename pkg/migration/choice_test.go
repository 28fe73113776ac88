package migration

import (
	"fmt"
	"regexp"
	"testing"

	"pgregory.net/rapid"
)

// The constants stand for the names in their order: a file or a client knows the names alone.
func TestChoicesAreNamed(t *testing.T) {
	for _, test := range []struct {
		f     Feature
		value float64
		want  string
	}{
		{Method, MethodPrecopy, "precopy"}, {Method, MethodPostcopy, "postcopy"},
		{Method, MethodPostcopyTimeout, "postcopy-timeout"}, {Method, MethodCPR, "cpr"},
		{Compression, CompressionNone, "none"}, {Compression, CompressionZlib, "zlib"}, {Compression, CompressionZstd, "zstd"},
		{Compression, CompressionQatzip, "qatzip"}, {Compression, CompressionQPL, "qpl"}, {Compression, CompressionUADK, "uadk"},
		{Hypervisor, HypervisorKVM, "kvm"}, {Hypervisor, HypervisorTCG, "tcg"}, {Hypervisor, HypervisorXen, "xen"},
		{Hypervisor, HypervisorOther, "other"},
	} {
		var x Features
		x.Set(test.f, test.value)
		if got := x.Value(test.f); got != test.want {
			t.Errorf("%s %v is %v, want %s", test.f, test.value, got, test.want)
		}
	}
}

func TestNearestChoice(t *testing.T) {
	for text, want := range map[string]string{
		"post-copy": "postcopy", "PRECOPY": "precopy", "postcopy_timeout": "postcopy-timeout", "pre copy": "precopy", "crp": "",
		"": "", "live": "", "postcoy": "postcopy", "postcopy-timeuot": "postcopy-timeout",
	} {
		if got := NearestName(text, methods); got != want {
			t.Errorf("%q is nearest to %q, want %q", text, got, want)
		}
	}
	for _, name := range methods {
		if NearestName(name, methods) != name {
			t.Errorf("%s is not nearest to itself", name)
		}
	}
}

// Releases are kept in their order, and each reads back as it was.
func TestVersionsAreOrdered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) (major, minor int, v float64) {
			major, minor = rapid.IntRange(1, 100).Draw(t, name+" major"), rapid.IntRange(0, 99).Draw(t, name+" minor")
			text := fmt.Sprintf("%d.%d", major, minor)
			v, err := parseVersion(text)
			if err != nil || formatVersion(v) != text || v != VersionNumber(major, minor) {
				t.Fatalf("%s is %v, written %s: %v", text, v, formatVersion(v), err)
			}
			return major, minor, v
		}
		majorA, minorA, a := draw("a")
		majorB, minorB, b := draw("b")
		if before := majorA < majorB || majorA == majorB && minorA < minorB; before != (a < b) {
			t.Fatalf("%d.%d is %v, %d.%d is %v", majorA, minorA, a, majorB, minorB, b)
		}
	})
}

// What OpenAPI says of a version is what is read.
func TestVersionPattern(t *testing.T) {
	pattern, d := regexp.MustCompile(VersionPattern), HypervisorVersion.Definition()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.StringMatching(`[0-9]{0,3}(\.[0-9]{0,3}){0,3}`), rapid.SampledFrom([]string{
			"8.1", "10.0.2", "10", "100.99", "100.100", "101", "0.9", "008.01", "8.", ".8", "8.1.", "8.1-rc1", "+8.1", "8_1", "",
		})).Draw(t, "version")
		if _, err := d.parse(text); pattern.MatchString(text) != (err == nil) {
			t.Fatalf("%q: by the pattern %v, read with %v", text, pattern.MatchString(text), err)
		}
	})
}

func TestAsAssumed(t *testing.T) {
	var plain, other Features
	for f, v := range map[Feature][2]float64{
		Method: {MethodPrecopy, MethodCPR}, MultifdChannels: {0, 4}, Compression: {CompressionNone, CompressionZlib}, TLS: {0, 1},
		XBZRLE: {0, 1}, HugePages: {0, 1}, VFIOMiB: {0, 1}, Migratable: {1, 0},
	} {
		plain.Set(f, v[0])
		other.Set(f, v[1])
	}
	for f := range Feature(Count) {
		if plain.AsAssumed(f) != plain.Known().Has(f) || other.AsAssumed(f) || (Features{}).AsAssumed(f) || sample().Only(Of(CPULoad)).AsAssumed(f) {
			t.Errorf("%s: %v of the plain one, %v of the other", f, plain.AsAssumed(f), other.AsAssumed(f))
		}
	}
}
