package client

import (
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"

	"vmmp/pkg/migration"
)

// refusal is what the server answered instead.
func refusal(t *testing.T, err error) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("the error is none of the server's: %v", err)
	}
	return e
}

func TestErrorOfFaults(t *testing.T) {
	body := `{"status": 422, "detail": "2 faults in what was sent", "errors": [
		{"location": "body.cpu_load", "message": "must be 0 to 100 %", "value": 101}, {"location": "body", "message": "is\nodd"}]}`
	_, err := asking(t, answers(http.StatusUnprocessableEntity, body)).Predict(t.Context(), vm())
	want := migration.Faults{{Location: "cpu_load", Message: "must be 0 to 100 %", Value: 101.0}, {Location: "body", Message: "is odd"}}
	var got migration.Faults
	if !errors.As(err, &got) || !reflect.DeepEqual(got, want) {
		t.Errorf("faults %+v, want %+v", got, want)
	}
	if e := refusal(t, err); e.Status != http.StatusUnprocessableEntity || e.Detail != "2 faults in what was sent" {
		t.Errorf("error %+v", e)
	}
	if want := "POST http://vmmp.example/v1/predict: " + want.Error(); err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
	err = asking(t, answers(http.StatusUnprocessableEntity, `{"errors": [{"location": "body[1].downtime_ms", "message": "is missing"}]}`)).Record(t.Context(), migrated(2))
	if got := refusal(t, err).Faults[0].Location; got != "body[1].downtime_ms" {
		t.Errorf("location %q", got)
	}
}

func TestErrors(t *testing.T) {
	long := strings.Repeat("x", 2*maxAnswerBytes)
	for _, test := range []struct {
		name   string
		status int
		body   string
		want   string
	}{
		{"a fault without a place", 422, `{"detail": "so not"}`, "422 Unprocessable Entity: so not"},
		{"a fault of the server", 500, `{"detail": "out of\u0000 memory\n"}`, "500 Internal Server Error: out of  memory"},
		{"a page", 500, "<html>", "500 Internal Server Error"},
		{"errors that are none", 422, `{"errors": 7, "detail": "so not"}`, "422 Unprocessable Entity: so not"},
		{"no token", 401, "", "401 Unauthorized: give a token that the server takes"},
		{"another server", 404, "<html>", "404 Not Found: is this a vmmp serve, and its whole prefix in the URL?"},
		{"no history", 404, noHistory, "404 Not Found: this server keeps no history: start it with --history FILE"},
		{"too much", 200, long, "the answer is larger than 1 MiB"},
		{"too much of an error", 413, `{"detail": "` + long + `"}`, "413 Request Entity Too Large"},
		{"a long reason", 400, `{"detail": "` + long[:5000] + `"}`, "400 Bad Request: " + long[:500] + "..."},
		{"a number without a name", 599, "", "599"},
	} {
		n := 0
		c := asking(t, inTurn(&n, answers(test.status, test.body)))
		_, err := c.Predict(t.Context(), vm())
		if err == nil || err.Error() != "POST http://vmmp.example/v1/predict: "+test.want {
			t.Errorf("%s: error %.200v, want %.200s", test.name, err, test.want)
		}
		if n != 1 {
			t.Errorf("%s: tried %d times", test.name, n)
		}
	}
}

// Neither a token nor the user of a URL gets into a message, whatever goes wrong.
func TestErrorsKeepSecrets(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"refused": answers(http.StatusForbidden, ""), "no prediction": answers(http.StatusOK, "{}"), "nothing": unreachable,
		"elsewhere": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://secret:secret@b.example/?t=secret", http.StatusFound)
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			c, err := New("http://secret:secret@vmmp.example", Options{Token: "secret", HTTP: handled(h)})
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Predict(t.Context(), vm())
			if told := c.Record(t.Context(), migrated(1)); err == nil || told == nil || strings.Contains(err.Error()+told.Error(), "secret") {
				t.Errorf("%s: errors %v, %v", name, err, told)
			}
		})
	}
}
