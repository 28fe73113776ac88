package lab

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"
)

func read(text []byte) (all []Trace, err error) {
	for t, e := range Traces(bytes.NewReader(text)) {
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
		{ID: "b-2", Samples: []Sample{{Seconds: 1, RemainingMiB: 2, SentMiB: 3, DirtyMiBs: 4, Syncs: 5, Mbps: 6, ExpectedMS: 7, Throttle: 0.99, ZeroMiB: 9}}},
	}
	var file bytes.Buffer
	for _, trace := range want {
		if err := AppendTrace(&file, trace); err != nil {
			t.Fatal(err)
		}
	}
	got, err := read(file.Bytes())
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v, %v", got, err)
	}
	if got, err := read(nil); err != nil || len(got) > 0 {
		t.Errorf("an empty file: %v, %v", got, err)
	}
	// A file that was cut short has lost its end and nothing else.
	cut, err := read(file.Bytes()[:file.Len()-20])
	if err == nil || !strings.HasPrefix(err.Error(), "read trace 3: ") || !reflect.DeepEqual(cut, want[:2]) {
		t.Errorf("cut short: %v, %v", cut, err)
	}
}

func TestTracesThatAreNone(t *testing.T) {
	var short bytes.Buffer
	if err := AppendTrace(&short, Trace{ID: "x"}); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"text": []byte("id,samples\n"), "half a header": {0x1f, 0x8b}} {
		if got, err := read(text); err == nil || len(got) > 0 {
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
	if err := AppendTrace(&file, Trace{ID: "a", Samples: []Sample{{Seconds: 1}}}); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Add(append(file.Bytes(), file.Bytes()...))
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) < 1<<16 {
			_, _ = read(text)
		}
	})
}

// QEMU counts in bytes and pages, a sample in MiB.
func TestSampleOfWhatQEMUTells(t *testing.T) {
	info := migrationInfo{ExpectedDowntime: 250, CPUThrottlePercentage: 30, RAM: migrationRAM{
		Remaining: 64 << 20, Transferred: 32 << 20, DirtyPagesRate: 2560, PageSize: 4096, DirtySyncCount: 3, Mbps: 700, Duplicate: 512,
	}}
	got := info.sample(time.Now())
	got.Seconds = 0
	want := Sample{RemainingMiB: 64, SentMiB: 32, DirtyMiBs: 10, Syncs: 3, Mbps: 700, ExpectedMS: 250, Throttle: 0.3, ZeroMiB: 2}
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
