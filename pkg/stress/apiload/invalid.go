package apiload

import (
	"math"
	"net/http"
	"strconv"
	"strings"

	"vmmp/pkg/migration"
)

// Statuses that are right for what is invalid. Proxies and other servers may say 400 of what is no JSON.
var (
	faulty    = []int{http.StatusUnprocessableEntity}
	malformed = []int{http.StatusUnprocessableEntity, http.StatusBadRequest}
	foreign   = []int{http.StatusUnsupportedMediaType}
)

// invalidRequests returns those that must be refused.
func invalidRequests() []Request {
	drafts := append(outOfBounds(), wrongTypes()...)
	return append(drafts, []Request{
		{Name: "nothing that is required", Body: "{}", Accepts: faulty},
		{Name: "memory_usage missing", Body: `{"cpu_load":50}`, Accepts: faulty},
		{Name: "cpu_load missing", Body: `{"memory_usage":50}`, Accepts: faulty},
		{Name: "cpu_load null", Body: `{"cpu_load":null,"memory_usage":50}`, Accepts: faulty},
		{Name: "a number that is none", Body: `{"cpu_load":1e999,"memory_usage":50}`, Accepts: faulty},
		{Name: "a rate above the working set", Body: withFields(`"dirty_rate":200,"working_set_mib":50`), Accepts: faulty},
		{Name: "a rate above the curve",
			Body: withFields(`"dirty_rate":900,"dirty_curve":[{"seconds":1,"mib":12}]`), Accepts: faulty},
		{Name: "a curve above the working set",
			Body: withFields(`"working_set_mib":5,"dirty_curve":[{"seconds":1,"mib":12}]`), Accepts: faulty},
		{Name: "more resident than there is", Body: withFields(`"memory_mib":2048,"resident_mib":8192`), Accepts: faulty},
		{Name: "more dirtied than there is", Body: withFields(`"memory_mib":2048,"dirty_rate":8192`), Accepts: faulty},
		{Name: "a curve that falls",
			Body: withFields(`"dirty_curve":[{"seconds":1,"mib":12},{"seconds":2,"mib":11}]`), Accepts: faulty},
		{Name: "windows that fall",
			Body: withFields(`"dirty_curve":[{"seconds":2,"mib":12},{"seconds":1,"mib":13}]`), Accepts: faulty},
		{Name: "a point without an amount", Body: withFields(`"dirty_curve":[{"seconds":1}]`), Accepts: faulty},
		{Name: "a field twice", Body: required + `,"cpu_load":51}`, Accepts: malformed},
		{Name: "an empty body", Body: "", Accepts: malformed},
		{Name: "white space", Body: " \n", Accepts: malformed},
		{Name: "an array", Body: "[" + required + "}]", Accepts: malformed},
		{Name: "null", Body: "null", Accepts: malformed},
		{Name: "a text", Body: `"cpu_load"`, Accepts: malformed},
		{Name: "cut short", Body: required, Accepts: malformed},
		{Name: "two objects", Body: required + "}{}", Accepts: malformed},
		{Name: "a comma too many", Body: required + ",}", Accepts: malformed},
		{Name: "single quotes", Body: `{'cpu_load':50,'memory_usage':50}`, Accepts: malformed},
		{Name: "NaN", Body: `{"cpu_load":NaN,"memory_usage":50}`, Accepts: malformed},
		{Name: "a leading zero", Body: `{"cpu_load":050,"memory_usage":50}`, Accepts: malformed},
		{Name: "no UTF-8", Body: required + ",\"\xff\":1}", Accepts: malformed},
		{Name: "a form", Body: "cpu_load=50&memory_usage=50", Accepts: malformed},
		{Name: "too deep",
			Body: withFields(`"deep":` + strings.Repeat("[", tooDeep) + strings.Repeat("]", tooDeep)), Accepts: malformed},
		{Name: "media type of a text", Body: required + "}", Media: "text/plain", Accepts: foreign},
		{Name: "media type of a form",
			Body: "cpu_load=50&memory_usage=50", Media: "application/x-www-form-urlencoded", Accepts: foreign},
		{Name: "a charset that is not read",
			Body: required + "}", Media: "application/json; charset=latin1", Accepts: foreign},
	}...)
}

// tooDeep is a depth that no decoder follows: encoding/json stops at 10,000.
const tooDeep = 10_001

// outOfBounds returns requests with one feature just beyond one of its bounds.
func outOfBounds() []Request {
	var drafts []Request
	for _, d := range migration.Definitions {
		if d.Kind != migration.Number && d.Kind != migration.Integer {
			continue
		}
		for _, v := range []float64{math.Nextafter(d.Min, math.Inf(-1)), math.Nextafter(d.Max, math.Inf(1))} {
			value := strconv.FormatFloat(v, 'g', -1, 64)
			drafts = append(drafts, Request{Name: d.Name + " " + value, Body: withFeature(d, value), Accepts: faulty})
		}
	}
	return drafts
}

// wrongTypes returns requests with a value that is of another type than its feature.
func wrongTypes() []Request {
	var drafts []Request
	for _, d := range migration.Definitions {
		values := []string{`"fifty"`, `{"value":50}`}
		switch d.Kind {
		case migration.Integer:
			values = append(values, `"50"`, "1.5")
		case migration.Bool:
			values = append(values, "1")
		case migration.Number:
			values = append(values, `"50"`, "true")
		case migration.Choice:
			values = append(values, "0")
		case migration.Version:
			values = append(values, "8.1")
		}
		for _, v := range values {
			drafts = append(drafts, Request{Name: d.Name + " " + v, Body: withFeature(d, v), Accepts: faulty})
		}
	}
	return drafts
}
