package cmd

import (
	"encoding/json"
	"testing"

	"vmmp/pkg/stress/apiload"
)

// The server answers each request as it should be: all that are just about valid
// with a prediction, all that are invalid with what is wrong.
func TestStressServe(t *testing.T) {
	s := serveReady(t, nil, "--history", "none")
	c := newFakeEnv()
	args := []string{"--url", s.url, "--mix", "valid=34,borderline=33,invalid=33", "--rate", "400", "--duration", "1s", "--request-timeout", "1m"}
	if code := c.loadsAPI(t.Context(), t, "json", append(args, "--max-errors", "0")...); code != exitOK {
		t.Fatalf("exit %d: %s\n%s", code, c.errs.String(), c.out.String())
	}
	var r apiload.Report
	if err := json.Unmarshal(c.out.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	if r.Requests != 400 || r.ErrorShare != 0 || r.Shares["borderline"].Requests != 132 || r.Latency.P50 <= 0 {
		t.Errorf("%+v", r)
	}
	c = newFakeEnv()
	if code := c.loadsAPI(t.Context(), t, "text", append(args, "--max-p99", "1us")...); code != exitExceeded {
		t.Errorf("exit %d: %s", code, c.errs.String())
	}
	s.predicts(t)
}
