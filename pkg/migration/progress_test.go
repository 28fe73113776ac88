package migration

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"
)

func readTraces(text []byte) (all []Trace, err error) {
	for t, e := range ReadTraces(bytes.NewReader(text)) {
		if e != nil {
			return all, e
		}
		all = append(all, t)
	}
	return all, nil
}

func TestTracesAreReadAsWritten(t *testing.T) {
	want := []Trace{
		{ID: "a-1", Samples: []Sample{{0.1, 512, 3.125, 0, 1, 901.5, 300, 0, 16}, {0.201, 100.5, 50, 12.25, 2, 880, 290, 0.2, 300}}},
		{ID: "none", Samples: []Sample{}},
		{ID: "b-2", Samples: []Sample{{Seconds: 1, RemainingMiB: 2, TransferredMiB: 3, DirtyRate: 4, Rounds: 5, Mbps: 6, ExpectedDowntimeMS: 7, Throttle: 0.99, ZeroMiB: 9}}},
	}
	var file bytes.Buffer
	for _, trace := range want {
		if err := WriteTrace(&file, trace); err != nil {
			t.Fatal(err)
		}
	}
	got, err := readTraces(file.Bytes())
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v, %v", got, err)
	}
	if got, err := readTraces(nil); err != nil || len(got) > 0 {
		t.Errorf("an empty file: %v, %v", got, err)
	}
	// A file that was cut short has lost its end and nothing else.
	cut, err := readTraces(file.Bytes()[:file.Len()-20])
	if err == nil || !strings.HasPrefix(err.Error(), "read trace 3: ") || !reflect.DeepEqual(cut, want[:2]) {
		t.Errorf("cut short: %v, %v", cut, err)
	}
}

func TestTracesThatAreNone(t *testing.T) {
	var short bytes.Buffer
	if err := WriteTrace(&short, Trace{ID: "x"}); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"text": []byte("id,samples\n"), "half a header": {0x1f, 0x8b}} {
		if got, err := readTraces(text); err == nil || len(got) > 0 {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	var s Sample
	if err := s.UnmarshalJSON([]byte("[1,2]")); err == nil {
		t.Error("a sample of two numbers was read")
	}
}

func FuzzTraces(f *testing.F) {
	var file bytes.Buffer
	if err := WriteTrace(&file, Trace{ID: "a", Samples: []Sample{{Seconds: 1}}}); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Add(append(file.Bytes(), file.Bytes()...))
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) < 1<<16 {
			_, _ = readTraces(text)
		}
	})
}

// The recorded traces are read, and written again byte for byte.
func TestRecordedTracesAreWrittenAsTheyWere(t *testing.T) {
	recorded, err := os.ReadFile("../../testdata/migrations/lab/migrations.csv.traces.gz")
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(recorded))
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(z)
	n := 0
	for trace, err := range ReadTraces(bytes.NewReader(recorded)) {
		if err != nil {
			t.Fatal(err)
		}
		want, err := lines.ReadBytes('\n')
		if err != nil {
			t.Fatal(err)
		}
		if got, err := json.Marshal(trace); err != nil || string(got)+"\n" != string(want) {
			t.Fatalf("%s is written as %.200s and was %.200s: %v", trace.ID, got, want, err)
		}
		n++
	}
	if n != 2550 {
		t.Errorf("%d traces", n)
	}
}
