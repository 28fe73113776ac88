package apiload

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"vmmp/pkg/migration"
)

// required is a request of what must be known, to which more can be added.
const required = `{"cpu_load":50,"memory_usage":50`

// withFields returns the required request with more fields.
func withFields(fields string) string { return required + "," + fields + "}" }

// field returns one field of JSON.
func field(d migration.Definition, value string) string { return strconv.Quote(d.Name) + ":" + value }

// withFeature returns a request in which a feature has a value.
func withFeature(d migration.Definition, value string) string {
	switch d.Feature {
	case migration.CPULoad:
		return "{" + field(d, value) + `,"memory_usage":50}`
	case migration.MemoryUsage:
		return `{"cpu_load":50,` + field(d, value) + "}"
	}
	return withFields(field(d, value))
}

// borderlineRequests returns those that are just about valid.
func borderlineRequests() []Request {
	return append(atBounds(), []Request{
		{Name: "what is required", Body: required + "}"},
		{Name: "every other feature null", Body: withFields(allNull())},
		{Name: "white space all over", Body: " \r\n\t{ \"cpu_load\" : 50 ,\n\"memory_usage\"\t:50 }\r\n\r\n"},
		{Name: "numbers with exponents",
			Body: `{"cpu_load":1E+2,"memory_usage":5000000e-5,"disk_io":1e-300,"dirty_rate":0.000001e12}`},
		{Name: "numbers of many digits",
			Body: `{"cpu_load":99.99999999999999999999999999,"memory_usage":1` + strings.Repeat("0", 300) + "e-300}"},
		{Name: "minus zero", Body: `{"cpu_load":-0,"memory_usage":-0.0,"dirty_rate":-0e5}`},
		{Name: "an escaped name", Body: `{"\u0063pu_load":50,"memory\u005fusage":50}`},
		{Name: "unknown fields", Body: withFields(`"color":"blue","nested":{"a":[1,null,{"b":[]}]},"cpuload":7,"":0`)},
		{Name: "unknown fields in Unicode",
			Body: withFields(`"プロセッサ":75,"mémoire":68,"🔥":"\ud83d\ude00","\u202e":"שלום","\u0000":"\u0000"`)},
		{Name: "30 unknown fields", Body: withFields(manyUnknown(30))},
		{Name: "arrays 500 deep", Body: withFields(`"deep":` + strings.Repeat("[", 500) + strings.Repeat("]", 500))},
		{Name: "a text of 10 kB", Body: withFields(`"note":"` + strings.Repeat("x", 10_000) + `"`)},
		{Name: "an outcome beside the features",
			Body: withFields(`"downtime_ms":142.5,"status":"completed","group":"web-1"`)},
		{Name: "a dirty curve of one point", Body: withFields(`"dirty_curve":[{"seconds":1,"mib":12}]`)},
		{Name: "a dirty curve of extreme windows",
			Body: withFields(`"dirty_curve":[{"seconds":0.001,"mib":0},{"seconds":1e6,"mib":67108864}]`)},
		{Name: "a dirty curve that does not rise", Body: withFields(
			`"dirty_curve":[{"seconds":0.1,"mib":8},{"seconds":1,"mib":8}],"dirty_rate":8,"working_set_mib":8`)},
		{Name: "a charset", Body: required + "}", Media: "application/json; charset=utf-8"},
	}...)
}

// atBounds returns requests with one feature exactly at one of its bounds.
func atBounds() []Request {
	var drafts []Request
	for _, d := range migration.Definitions {
		if d.Kind == migration.Points {
			continue
		}
		for _, v := range []float64{d.Min, d.Max} {
			value := valueOf(d, v)
			drafts = append(drafts, Request{Name: d.Name + " " + value, Body: withFeature(d, value)})
		}
	}
	return drafts
}

// valueOf returns the JSON of a value, a number without an exponent.
func valueOf(d migration.Definition, v float64) string {
	if d.Kind == migration.Number || d.Kind == migration.Integer {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	var x migration.Features
	x.Set(d.Feature, v)
	text, err := json.Marshal(x.Value(d.Feature))
	if err != nil {
		panic("apiload: a value that JSON cannot hold: " + err.Error())
	}
	return string(text)
}

// allNull returns every feature that is not required as null.
func allNull() string {
	var fields []string
	for _, d := range migration.Definitions {
		if !d.Required {
			fields = append(fields, field(d, "null"))
		}
	}
	return strings.Join(fields, ",")
}

func manyUnknown(n int) string {
	fields := make([]string, n)
	for i := range fields {
		fields[i] = fmt.Sprintf(`"field_%d":%d`, i, i)
	}
	return strings.Join(fields, ",")
}
