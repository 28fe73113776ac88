package migration

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestMarshalJSON(t *testing.T) {
	for want, x := range map[string]Features{
		`{}`:                                {},
		`{"cpu_load":75,"memory_usage":68}`: sample().Only(Of(CPULoad, MemoryUsage)),
		`{"dirty_rate":12,"dirty_curve":[{"seconds":0.1,"mib":3.4},{"seconds":1,"mib":12},{"seconds":10,"mib":40}],"auto_converge":true}`: sample().Only(Of(DirtyRate, DirtyCurve, AutoConverge)),
	} {
		if got, err := json.Marshal(x); err != nil || string(got) != want {
			t.Errorf("%s, %v, want %s", got, err, want)
		}
	}
	var x Features
	x.Set(CPULoad, math.Inf(1))
	if text, err := json.Marshal(x); err == nil || !strings.Contains(err.Error(), "cpu_load") {
		t.Errorf("infinity: %s, %v", text, err)
	}
}

func TestJSONRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := drawFeatures(t)
		text, err := json.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		y := sample() // what is absent must not remain
		if err := json.Unmarshal(text, &y); err != nil || !x.Equal(y) {
			t.Fatalf("%s: %+v, %v", text, y, err)
		}
	})
}

func TestDecodeJSONOfARecord(t *testing.T) {
	record, unknown, faults := DecodeJSON([]byte(`{"cpu_load": 50, "downtime_ms": 120, "total_time_ms": 2e3, "status": "completed",
		"group": "web-1", "prediction_id": "abc", "at": "2026-01-31T12:00:00Z", "source": "api", "rounds": null, "auto_converge": false,
		"dirty_curve": [{"seconds": 1, "mib": 12, "note": "ignored"}], "zone": {"a": [1, 2]}}`))
	var want Record
	want.Features.Set(CPULoad, 50)
	want.Features.Set(AutoConverge, 0)
	want.Features.SetPoints([]Point{{1, 12}})
	want.Outcome = Outcome{DowntimeMS: 120, TotalTimeMS: 2000, TransferredMiB: math.NaN(), Rounds: math.NaN(), Status: Completed}
	want.Group, want.At, want.Source = "web-1", sampleRecord().At, SourceAPI
	if !sameRecord(record, want) || !slices.Equal(unknown, []string{"zone"}) || faults != nil {
		t.Errorf("%+v, unknown %q, %v", record, unknown, faults)
	}
}

func TestDecodeJSONAccepts(t *testing.T) {
	for _, text := range []string{
		`{}`, " \n{ }\t", `{"cpu_load": null}`, `{"cpu_load": 1e2}`, `{"vcpus": 4.0}`, `{"dirty_curve": []}`, `{"dirty_curve": null}`,
		`{"status": ""}`, `{"at": null}`, `{"group": " "}`, `{"cpu_load": -0}`, `{"cpu\u005fload": 5}`,
	} {
		if _, unknown, faults := DecodeJSON([]byte(text)); unknown != nil || faults != nil {
			t.Errorf("%s: unknown %q, %v", text, unknown, faults)
		}
	}
}

func TestDecodeJSONListsUnknownFieldsInOrder(t *testing.T) {
	_, unknown, faults := DecodeJSON([]byte(`{"z": 1, "cpu_load": 5, "a": null, "CPU_LOAD": 7, "": 1, "m": "x"}`))
	if !slices.Equal(unknown, []string{"z", "a", "CPU_LOAD", "", "m"}) || faults != nil {
		t.Errorf("%q, %v", unknown, faults)
	}
}

func TestDecodeJSONSaysWhatIsWrong(t *testing.T) {
	const object = `body must be one JSON object like {"cpu_load": 75, "memory_usage": 68}`
	const curve = `dirty_curve must be an array of {"seconds": s, "mib": m}`
	tests := []struct{ text, want string }{
		{``, object + ": it ends too early"},
		{`   `, object + ": it ends too early"},
		{`null`, object},
		{`[{"cpu_load": 5}]`, object},
		{`"cpu_load"`, object},
		{`cpu_load=5`, object + ": invalid character 'c' looking for beginning of value"},
		{"\ufeff{}", object + ": invalid character 'ï' looking for beginning of value"},
		{`{`, "body is not valid JSON: it ends too early"},
		{`{"cpu_load"`, "body is not valid JSON: it ends too early"},
		{`{"cpu_load": `, "body is not valid JSON: it ends too early"},
		{`{"cpu_load": 5`, "body is not valid JSON: it ends too early"},
		{`{"cpu_load": 5,`, "body is not valid JSON: it ends too early"},
		{`{"cpu_load": 5,}`, "body is not valid JSON: invalid character '}' looking for beginning of object key string"},
		{`{"cpu_load": 5]`, "body is not valid JSON: invalid character ']' after object key:value pair"},
		{`{"cpu_load" 5}`, "body is not valid JSON: invalid character '5' after object key"},
		{`{cpu_load: 5}`, "body is not valid JSON: invalid character 'c' looking for beginning of object key string"},
		{`{"cpu_load": NaN}`, "body is not valid JSON: invalid character 'N' looking for beginning of value"},
		{`{"cpu_load": 05}`, "body is not valid JSON: invalid character '5' after object key:value pair"},
		{`{"cpu_load": 5} x`, "body has something after the JSON object"},
		{`{"cpu_load": 5}{}`, "body has something after the JSON object"},
		{`{"cpu_load": 5, "cpu_load": 6}`, `body has the field "cpu_load" twice`},
		{`{"x": 5, "x": 6}`, `body has the field "x" twice`},
		{`{"cpu_load": "75"}`, "cpu_load must be a number, 0 to 100 %"},
		{`{"cpu_load": true}`, "cpu_load must be a number, 0 to 100 %"},
		{`{"cpu_load": [75]}`, "cpu_load must be a number, 0 to 100 %"},
		{`{"cpu_load": 1e400}`, "cpu_load must be a number, 0 to 100 %"},
		{`{"cpu_load": 101}`, "cpu_load must be 0 to 100 %"},
		{`{"vcpus": 2.5}`, "vcpus must be a whole number, 1 to 4096"},
		{`{"auto_converge": 1}`, "auto_converge must be true or false"},
		{`{"dirty_curve": "1:12"}`, curve},
		{`{"dirty_curve": {"seconds": 1, "mib": 12}}`, curve},
		{`{"dirty_curve": [{"seconds": 1}]}`, curve},
		{`{"dirty_curve": [{"Seconds": 1, "MIB": 12}]}`, curve},
		{`{"dirty_curve": [{"seconds": 1, "mib": "12"}]}`, curve},
		{`{"dirty_curve": [{"seconds": 1, "mib": null}]}`, curve},
		{`{"dirty_curve": [null]}`, curve},
		{`{"dirty_curve": [[1, 12]]}`, curve},
		{`{"dirty_curve": [{"seconds": 0, "mib": 1}]}`, "dirty_curve has a window that is not 0.001 to 1000000 s"},
		{`{"downtime_ms": "120"}`, `downtime_ms must be a number that is not negative, not "\"120\""`},
		{`{"downtime_ms": -1}`, `downtime_ms must be a number that is not negative, not "-1"`},
		{`{"rounds": 1e400}`, `rounds must be a number that is not negative, not "1e400"`},
		{`{"status": 1}`, "status must be a string"},
		{`{"status": "ok"}`, `status must be one of completed, forced, not_converged, failed, not "ok"`},
		{`{"group": ["a"]}`, "group must be a string"},
		{`{"group": "a\u0000b"}`, `group must be one line of text, not "a\x00b"`},
		{`{"at": 1700000000}`, "at must be a string"},
		{`{"at": "now"}`, `at must be a time like 2026-01-31T12:00:00Z, not "now"`},
	}
	for _, test := range tests {
		if _, _, faults := DecodeJSON([]byte(test.text)); faults.Error() != test.want {
			t.Errorf("%s:\ngot  %v\nwant %s", test.text, faults, test.want)
		}
	}
}

func TestDecodeJSONNamesAllFaultsAtOnce(t *testing.T) {
	_, unknown, faults := DecodeJSON([]byte(`{"memory_usage": 200, "what": 1, "cpu_load": "x", "status": "ok", "vcpus": 0, "dirty_curve": 5, "at": "now"}`))
	var at []string
	for _, f := range faults {
		at = append(at, f.Location)
	}
	if !slices.Equal(at, []string{"cpu_load", "status", "dirty_curve", "at", "memory_usage", "vcpus"}) || !slices.Equal(unknown, []string{"what"}) {
		t.Errorf("%q, unknown %q", at, unknown)
	}
	if text, err := json.Marshal(faults[0]); err != nil || string(text) != `{"location":"cpu_load","message":"must be a number, 0 to 100 %","value":"\"x\""}` {
		t.Errorf("%s, %v", text, err)
	}
}

func TestDecodeJSONSurvivesDepthAndLength(t *testing.T) {
	deep := func(n int) []byte { return []byte(`{"x":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}`) }
	if _, unknown, faults := DecodeJSON(deep(1000)); faults != nil || len(unknown) != 1 {
		t.Error(faults)
	}
	if _, _, faults := DecodeJSON(deep(100_000)); faults.Error() != "body is not valid JSON: invalid character '[' exceeded max depth" {
		t.Errorf("%.200v", faults)
	}
	if _, _, faults := DecodeJSON([]byte(strings.Repeat(`{"x":`, 100_000))); len(faults) != 1 {
		t.Errorf("%.200v", faults)
	}
	long := `{"cpu_load": "` + strings.Repeat("x", 1<<20) + `", "group": "` + strings.Repeat("x", 1<<20) + `"}`
	if _, _, faults := DecodeJSON([]byte(long)); len(faults) != 2 || len(faults.Error()) > 300 {
		t.Errorf("%.400v", faults)
	}
}

func TestUnmarshalJSONReadsFeaturesOnly(t *testing.T) {
	var x Features
	if err := json.Unmarshal([]byte(`{"cpu_load": 75, "status": "success", "downtime_ms": "?", "colour": 1}`), &x); err != nil || x.Known() != Of(CPULoad) {
		t.Errorf("%+v, %v", x, err)
	}
	before := x
	if err := json.Unmarshal([]byte(`{"cpu_load": 101}`), &x); err == nil || !x.Equal(before) {
		t.Errorf("%+v, %v", x, err)
	}
}

func FuzzDecodeJSON(f *testing.F) {
	all, err := json.Marshal(sample())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(all)
	for _, seed := range []string{
		``, `{}`, `null`, `{"cpu_load": 75}`, `{"cpu_load": "75"}`, `{"cpu_load": 1e400}`, `{"cpu_load": 5, "cpu_load": 6}`, `{"cpu_load": 5}{}`,
		`{"dirty_curve": [{"seconds": 1, "mib": 2}]}`, `{"dirty_curve": [{"seconds": 1}, null]}`, `{"status": "forced", "downtime_ms": 1e-320}`,
		`{"group": " a\r\nb "}`, `{"group": "\ud800"}`, `{"at": "0000-01-01T00:00:00+01:00"}`, `{"a": [[[[]]]]}`, "{\"\xff\": 1}", `{"auto_converge": true}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		record, _, faults := DecodeJSON(data)
		if faults != nil {
			if text, err := json.Marshal(faults); err != nil || strings.ContainsAny(faults.Error(), "\n\r") {
				t.Errorf("faults %q, %s, %v", faults.Error(), text, err)
			}
			return
		}
		text, err := json.Marshal(record.Features)
		if err != nil {
			t.Fatal(err)
		}
		again, unknown, faults := DecodeJSON(text)
		if faults != nil || unknown != nil || !again.Features.Equal(record.Features) {
			t.Errorf("%s: %v, unknown %q, read again %+v", text, faults, unknown, again)
		}
		if records, _, err := read(written(t, []Record{record})); err != nil || !sameRecord(records[0], record) {
			t.Errorf("as CSV: %+v, was %+v, %v", records, record, err)
		}
	})
}

func TestRecordRoundTripsThroughJSON(t *testing.T) {
	for _, text := range []string{
		`{}`,
		`{"cpu_load":50,"auto_converge":true,"downtime_ms":120.5,"rounds":3,"status":"completed"}`,
		`{"dirty_curve":[{"seconds":1,"mib":12}],"group":"web-1","at":"2026-01-31T12:00:00.25Z","source":"api","site":"rack 4","prediction_id":"p1.abc"}`,
		`{"total_time_ms":0,"group":"a \"quoted\" name"}`,
	} {
		var r Record
		if err := json.Unmarshal([]byte(text), &r); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if again, err := json.Marshal(r); err != nil || string(again) != text {
			t.Errorf("%s is written as %s: %v", text, again, err)
		}
	}
}

func TestRecordRefusesFaults(t *testing.T) {
	r := Record{Group: "as it was"}
	if err := json.Unmarshal([]byte(`{"downtime_ms": -1}`), &r); err == nil || r.Group != "as it was" {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestInvalidUTF8IsAFault(t *testing.T) {
	_, _, faults := DecodeJSON([]byte("{\"group\": \"\xff\"}"))
	if len(faults) != 1 || faults[0].Location != "body" || faults[0].Message != "is not valid UTF-8" {
		t.Errorf("%v", faults)
	}
}
