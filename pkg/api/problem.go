package api

import (
	"fmt"
	"math"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"vmmp/pkg/httpd"
	"vmmp/pkg/migration"
)

// What huma refuses by itself is answered in the same form.
func init() {
	huma.NewError = func(status int, detail string, faults ...error) huma.StatusError {
		p := httpd.NewProblem(status, detail)
		for _, fault := range faults {
			if fault != nil {
				p.Errors = append(p.Errors, faultOf(fault))
			}
		}
		if status != http.StatusUnprocessableEntity {
			return p
		}
		for i := range p.Errors {
			p.Errors[i].Value = shown(p.Errors[i].Value)
		}
		return httpd.Invalid(p.Errors...)
	}
}

// faultOf returns what huma found wrong.
func faultOf(err error) httpd.Fault {
	if d, ok := err.(huma.ErrorDetailer); ok { // huma does not wrap what it hands over
		found := d.ErrorDetail()
		return httpd.Fault{Location: found.Location, Message: found.Message, Value: found.Value}
	}
	return httpd.Fault{Message: err.Error()}
}

// shown returns what an answer may repeat of a value: no number that JSON cannot hold, and no more of a text than
// helps.
func shown(value any) any {
	switch v := value.(type) {
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return fmt.Sprint(v)
		}
	case string:
		return httpd.Clip(v)
	}
	return value
}

// locate turns the faults of one object of the body into those of the request; at is where the object lies in it, such
// as "body" or "body[3]".
func locate(at string, faults migration.Faults) []httpd.Fault {
	located := make([]httpd.Fault, len(faults))
	for i, f := range faults {
		where := at
		if f.Location != "body" {
			where += "." + f.Location
		}
		located[i] = httpd.Fault{Location: where, Message: f.Message, Value: f.Value}
	}
	return located
}
