package prometheus

import (
	"math"
	"testing"
)

func TestParseAnswer(t *testing.T) {
	samples, warnings, err := parseAnswer(200, []byte(`{"status":"success","data":{"resultType":"vector","result":[
		{"metric":{"__name__":"up","job":"a"},"value":[1700000000.5,"1.5"]},
		{"metric":{},"value":[ 1700000000 , "+Inf" ]},
		{"metric":{"a":"b"},"value":[1700000000,"NaN"]},
		{"metric":{"a":"b"},"value":[1700000000,"-1e999"]},
		{"metric":{"a":"b"},"histogram":[1700000000,{"count":"3","sum":"1","buckets":[]}]}
	]},"warnings":["w"],"infos":["i"]}`))
	if err != nil || len(samples) != 5 || len(warnings) != 1 {
		t.Fatalf("%v, %v, %v", samples, warnings, err)
	}
	for i, want := range []float64{1.5, math.Inf(1), math.NaN(), math.Inf(-1), math.NaN()} {
		if got := samples[i].value; got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
			t.Errorf("%d: %v, want %v", i, got, want)
		}
	}
	if s := samples[0]; s.metric["job"] != "a" || s.at.UnixMilli() != 1700000000500 {
		t.Errorf("%+v", s)
	}
}

func TestParseAnswerRefuses(t *testing.T) {
	for _, value := range []string{`[1,2]`, `["1","2"]`, `[1]`, `[]`, `1`, `[1,"x"]`, `["x"]`} {
		body := `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":` + value + `}]}}`
		if samples, _, err := parseAnswer(200, []byte(body)); err == nil {
			t.Errorf("%s is read as %+v", value, samples)
		}
	}
}

// Whatever a server sends is read or refused.
func FuzzParseAnswer(f *testing.F) {
	f.Add(200, []byte(nothing))
	f.Add(200, []byte(`{"status":"success","data":{"resultType":"vector","result":[{"metric":{"a":"b"},"value":[1700000000,"1"]}]}}`))
	f.Add(422, []byte(`{"status":"error","errorType":"execution","error":"found duplicate series"}`))
	f.Add(503, []byte("<html>"))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		samples, _, err := parseAnswer(status, body)
		if err != nil && (err.Error() == "" || len(samples) > 0) {
			t.Errorf("%q and %v", err, samples)
		}
	})
}
