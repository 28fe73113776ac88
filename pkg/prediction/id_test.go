package prediction

import (
	"encoding/base64"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"vmmp/pkg/migration"
)

var equateNaN = cmp.Comparer(func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) })

// id is one whose features are of every kind.
func id() ID {
	var x migration.Features
	x.Set(migration.CPULoad, 75.5)
	x.Set(migration.AutoConverge, 1)
	x.SetPoints([]migration.Point{{Seconds: 1, MiB: 2}})
	return ID{"3f2a9c41d0e7", x, Summary{DowntimeMS: 5, LowerMS: 1, UpperMS: 9, Confidence: 0.5, ConvergenceProbability: 1}}
}

func TestIDRoundTrip(t *testing.T) {
	share := rapid.Float64Range(0, 1)
	rapid.Check(t, func(t *rapid.T) {
		want := id()
		lower := rapid.Float64Range(LeastMS, 1e6).Draw(t, "lower")
		want.Summary = Summary{
			LowerMS: lower, DowntimeMS: lower * (1 + share.Draw(t, "downtime")), UpperMS: lower * (2 + share.Draw(t, "upper")),
			Confidence: share.Draw(t, "confidence"), ConvergenceProbability: share.Draw(t, "convergence"),
		}
		if total := rapid.Float64Range(0, 1e9).Draw(t, "total"); total > 0 {
			want.TotalTimeMS = &total
		}
		key := []byte(rapid.String().Draw(t, "key"))
		got, err := DecodeID(want.Encode(key), key)
		if err != nil || !cmp.Equal(got, want, equateNaN) {
			t.Fatalf("%+v is read back as %+v: %v", want, got, err)
		}
	})
}

// What it looks like is fixed: outcomes are matched by ids that earlier versions gave out.
func TestIDAsWritten(t *testing.T) {
	total := 8120.5
	i := id()
	i.TotalTimeMS = &total
	text, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(i.Encode(nil), "p1."))
	want := `{"m":"3f2a9c41d0e7","f":{"cpu_load":75.5,"dirty_curve":[{"seconds":1,"mib":2}],"auto_converge":true},` +
		`"p":5,"t":8120.5,"l":1,"u":9,"q":0.5,"c":1}`
	if err != nil || string(text) != want {
		t.Errorf("%s\nwant %s\n%v", text, want, err)
	}
}

func TestSummaryOfAPredictionWithoutATotalTime(t *testing.T) {
	p := Prediction{PredictedDowntime: 5, PredictedTotalTimeMS: Number(math.NaN()), Interval: Interval{1, 9, 0.9}, ConvergenceProbability: 1}
	got, err := DecodeID(ID{"abc", id().Features, p.Summary()}.Encode(nil), nil)
	if err != nil || got.TotalTimeMS != nil {
		t.Errorf("total time %v: %v", got.TotalTimeMS, err)
	}
}

func TestTruncatedIDsAreRefused(t *testing.T) {
	encoded := id().Encode(nil)
	for n := range encoded {
		if got, err := DecodeID(encoded[:n], nil); !errors.Is(err, ErrID) || !cmp.Equal(got, ID{}, equateNaN) {
			t.Fatalf("%d of %d bytes: %+v, %v", n, len(encoded), got, err)
		}
	}
}

// forge returns a prediction_id that holds any text.
func forge(text string) string {
	return idPrefix + base64.RawURLEncoding.EncodeToString([]byte(text))
}

func TestForeignIDsAreRefused(t *testing.T) {
	good := `{"m":"a","f":{},"p":5,"l":1,"u":9,"c":0.5}`
	if _, err := DecodeID(forge(good), nil); err != nil {
		t.Fatalf("the id that the others are made from: %v", err)
	}
	for name, encoded := range map[string]string{
		"nothing":             "",
		"only the prefix":     "p1.",
		"another version":     "p2." + strings.TrimPrefix(forge(good), idPrefix),
		"no base64":           "p1.$$$",
		"no JSON":             forge("hello"),
		"null":                forge("null"),
		"an array":            forge("[]"),
		"an empty object":     forge("{}"),
		"something after it":  forge(good + "x"),
		"no model":            forge(`{"f":{},"p":5,"l":1,"u":9,"c":0.5}`),
		"no prediction":       forge(`{"m":"a","f":{},"l":1,"u":9,"c":0.5}`),
		"a negative pause":    forge(`{"m":"a","f":{},"p":-5,"l":-9,"u":9,"c":0.5}`),
		"outside its range":   forge(`{"m":"a","f":{},"p":10,"l":1,"u":9,"c":0.5}`),
		"range upside down":   forge(`{"m":"a","f":{},"p":5,"l":9,"u":1,"c":0.5}`),
		"too probable":        forge(`{"m":"a","f":{},"p":5,"l":1,"u":9,"c":1.5}`),
		"a total time of 0":   forge(`{"m":"a","f":{},"p":5,"t":0,"l":1,"u":9,"c":0.5}`),
		"an infinite pause":   forge(`{"m":"a","f":{},"p":1e999,"l":1,"u":9,"c":0.5}`),
		"an impossible VM":    forge(`{"m":"a","f":{"cpu_load":1000},"p":5,"l":1,"u":9,"c":0.5}`),
		"features of no kind": forge(`{"m":"a","f":7,"p":5,"l":1,"u":9,"c":0.5}`),
	} {
		got, err := DecodeID(encoded, nil)
		if !errors.Is(err, ErrID) || !cmp.Equal(got, ID{}, equateNaN) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if err != nil && strings.Contains(err.Error(), "Go value") {
			t.Errorf("%s: the error names a type of Go: %v", name, err)
		}
	}
}

// Whoever forges an id may say anything, but what is accepted can be asked about.
func FuzzDecodeID(f *testing.F) {
	f.Add(`{"m":"a","f":{"cpu_load":50,"dirty_curve":[{"seconds":1,"mib":2}]},"p":5,"l":1,"u":9,"c":0.5}`)
	f.Add(`{"m":"a","f":null,"p":5e300,"t":1,"l":1,"u":9e300,"c":0}`)
	f.Add("null")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := DecodeID(forge(text), nil)
		if err != nil {
			if !errors.Is(err, ErrID) {
				t.Fatalf("error %v", err)
			}
			return
		}
		if faults := got.Features.CheckBounds(); len(faults) > 0 || math.IsInf(got.DowntimeMS, 0) {
			t.Fatalf("accepted %+v: %v", got, faults)
		}
		again, err := DecodeID(got.Encode(nil), nil)
		if err != nil || !cmp.Equal(again, got, equateNaN, cmp.Comparer(migration.Features.Equal)) {
			t.Fatalf("%+v is read back as %+v: %v", got, again, err)
		}
	})
}

func TestSignedIDs(t *testing.T) {
	key := []byte("a secret of the service")
	encoded := id().Encode(key)
	if _, err := DecodeID(encoded, key); err != nil {
		t.Fatal(err)
	}
	if _, err := DecodeID(encoded, nil); err != nil {
		t.Errorf("without a key: %v", err)
	}
	body, _, _ := strings.Cut(strings.TrimPrefix(encoded, idPrefix), ".")
	for name, forged := range map[string]string{
		"unsigned":        idPrefix + body,
		"another key":     id().Encode([]byte("another")),
		"other features":  forge(`{"m":"a","f":{},"p":5,"l":1,"u":9,"q":0.5,"c":0.5}`) + strings.TrimPrefix(encoded, idPrefix+body),
		"cut short":       encoded[:len(encoded)-1],
		"signed twice":    encoded + "." + encoded,
		"empty signature": idPrefix + body + ".",
	} {
		if got, err := DecodeID(forged, key); !errors.Is(err, ErrID) || !cmp.Equal(got, ID{}, equateNaN) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}
