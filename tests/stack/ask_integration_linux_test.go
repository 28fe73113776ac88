//go:build integration

package stack

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// reply is what a service of the stack answered.
type reply struct {
	status int
	header http.Header
	text   string
}

// field is a value of a JSON object, nil where there is none.
func (r reply) field(name string) any {
	var object map[string]any
	if json.Unmarshal([]byte(r.text), &object) != nil {
		return nil
	}
	return object[name]
}

// ask sends a request to a published port; a body is sent by POST.
func (p *project) ask(port, path, body string, header ...string) (reply, error) {
	method := http.MethodGet
	if body != "" {
		method = http.MethodPost
	}
	request, err := http.NewRequest(method, "http://127.0.0.1:"+p.ports[port]+path, strings.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	request.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	client := http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DialContext: p.dial, DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return reply{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return reply{response.StatusCode, response.Header, string(text)}, err
}

// answers asks the API, which must answer with a status.
func (p *project) answers(t *testing.T, status int, path, body string, header ...string) reply {
	t.Helper()
	r, err := p.ask("API_PORT", path, body, header...)
	if err != nil || r.status != status {
		t.Fatalf("%s answers %d, %v, want %d: %s", path, r.status, err, status, r.text)
	}
	return r
}

// sample is one series that Prometheus found.
type sample struct {
	labels map[string]string
	value  float64
}

// query asks Prometheus; while it cannot answer there is nothing.
func (p *project) query(expression string) []sample {
	r, err := p.ask("PROMETHEUS_PORT", "/api/v1/query?"+url.Values{"query": {expression}}.Encode(), "")
	var answer struct {
		Data struct {
			Result []struct {
				Metric map[string]string
				Value  [2]any
			}
		}
	}
	if err != nil || json.Unmarshal([]byte(r.text), &answer) != nil {
		return nil
	}
	var found []sample
	for _, series := range answer.Data.Result {
		text, _ := series.Value[1].(string)
		if v, err := strconv.ParseFloat(text, 64); err == nil {
			found = append(found, sample{series.Metric, v})
		}
	}
	return found
}

// value is what Prometheus says of one series, or false where it is not one.
func (p *project) value(expression string) (float64, bool) {
	found := p.query(expression)
	if len(found) != 1 {
		return 0, false
	}
	return found[0].value, true
}

// patience bounds how long anything in the stack may take that does come.
const patience = 2 * time.Minute

// await waits until something holds. look says what it saw instead.
func await(t *testing.T, what string, look func() (saw any, holds bool)) {
	t.Helper()
	saw, holds := look()
	for until := time.Now().Add(patience); !holds && time.Now().Before(until); saw, holds = look() {
		time.Sleep(200 * time.Millisecond)
	}
	if !holds {
		t.Fatalf("%s: not within %v: %v", what, patience, fmt.Sprint(saw))
	}
}
