//go:build integration

package monitoring

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// traffic asks a server for one of everything, again and again.
type traffic struct {
	url    string
	rounds int
}

// drive lets traffic flow until the answered function is called. Where the server
// answers as it should not, that fails the test.
func (s *station) drive(t *testing.T) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		d := traffic{url: "http://" + s.address}
		for ctx.Err() == nil {
			if err := d.round(); err != nil {
				ended <- err
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
		ended <- nil
	}()
	return func() {
		t.Helper()
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("traffic: %v", err)
		}
	}
}

// offBy are by how much real downtimes miss what was predicted.
var offBy = []float64{0.6, 0.9, 1, 1.05, 1.2, 1.7}

// round predicts and tells what came of it, of a real and of a simulated migration,
// sends a batch, has migrations simulated, and asks what cannot be answered.
func (d *traffic) round() error {
	d.rounds++
	vm := fmt.Sprintf(`"cpu_load": %d, "memory_usage": 60, "network_bandwidth": 1000, "memory_mib": 2048, "dirty_rate": %d`,
		20+d.rounds%60, 5+d.rounds%40)
	var p struct {
		Downtime float64 `json:"predicted_downtime"`
		ID       string  `json:"prediction_id"`
	}
	if err := d.expect(http.StatusOK, "POST", "/predict", "{"+vm+"}", &p); err != nil {
		return err
	}
	observed := fmt.Sprintf(`{"prediction_id": %q, "downtime_ms": %g, "total_time_ms": 9000, "status": "completed", "group": "vm-%d"}`,
		p.ID, p.Downtime*offBy[d.rounds%len(offBy)], d.rounds%7)
	simulated := strings.Replace(observed, "{", `{"source": "precopy", `, 1)
	failed := fmt.Sprintf(`{"prediction_id": %q, "status": "failed"}`, p.ID)
	for _, r := range []struct {
		status             int
		method, path, body string
	}{
		{http.StatusCreated, "POST", "/migrations", "[" + observed + ", " + simulated + ", " + failed + "]"},
		{http.StatusOK, "POST", "/predict/batch", "[{" + vm + `}, {"cpu_load": 120, "memory_usage": 5}]`},
		{http.StatusOK, "GET", "/simulate?mode=fleet&count=3", ""},
		{http.StatusUnprocessableEntity, "POST", "/predict", `{"cpu_load": "high"}`},
		{http.StatusNotFound, "GET", "/nowhere", ""},
	} {
		if err := d.expect(r.status, r.method, r.path, r.body, nil); err != nil {
			return err
		}
	}
	return nil
}

// expect sends a request that is to be answered with the status, and reads the answer
// into what is not nil.
func (d *traffic) expect(status int, method, path, body string, into any) error {
	request, err := http.NewRequest(method, d.url+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != status {
		return fmt.Errorf("%s %s: %s, want %d: %s", method, path, response.Status, status, text)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(text, into)
}

// reload has the server read its model anew.
func (s *station) reload(t *testing.T, status int) {
	t.Helper()
	d := traffic{url: "http://" + s.address}
	if err := d.expect(status, "POST", "/model/reload", "", nil); err != nil {
		t.Fatal(err)
	}
}
