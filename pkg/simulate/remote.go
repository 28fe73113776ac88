package simulate

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"strings"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

// Remote is a running vmmp serve: it predicts, and is told what came of migrations.
//
// A request is tried three times in all where there is no connection, or the server
// is too busy to answer (429, 502, 503 and 504), as soon as it says unless that is
// more than five seconds. A redirect is not followed, so that nothing is told to
// another host. No error shows the token or the user of the URL.
//
// Its methods are safe for concurrent use.
type Remote struct {
	base   *url.URL
	token  string
	client *http.Client
}

// errNoServer says what the URL of a server looks like, and not what was given: that
// may hold a password.
var errNoServer = errors.New("the URL of a server must be like http://127.0.0.1:8001 or https://host/prefix, without a query")

// remoteTimeout bounds a try where the caller has no client of its own.
const remoteTimeout = 30 * time.Second

// NewRemote makes a Remote of the server at base, http(s)://host:port or that with a
// prefix, without asking it anything. The token is sent as a bearer token where it is
// not empty. A nil client is one that waits 30 s for each answer. The error is for a
// base that is no such URL, or a token that no header can carry.
func NewRemote(base, token string, client *http.Client) (*Remote, error) {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" ||
		u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return nil, errNoServer
	}
	if strings.ContainsFunc(token, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return nil, errors.New("the token has a space, the end of a line or another character that no token has")
	}
	own := http.Client{Timeout: remoteTimeout}
	if client != nil {
		own = *client
	}
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Remote{u, token, &own}, nil
}

// Predict implements Predictor: it asks POST /predict for what is known of a VM, which
// has to include the required features. An error is ctx's when ctx ended,
// migration.Faults where the server refuses x, or says what the server answered
// instead of a prediction.
func (r *Remote) Predict(ctx context.Context, x migration.Features) (prediction.Prediction, error) {
	const path = "predict"
	body, err := x.MarshalJSON()
	if err != nil {
		return prediction.Prediction{}, fmt.Errorf("ask for a prediction: %w", err)
	}
	text, err := r.post(ctx, path, body, "")
	if err != nil {
		return prediction.Prediction{}, err
	}
	p, err := readPrediction(text)
	if err != nil {
		return prediction.Prediction{}, fmt.Errorf("the answer of %s is no prediction: %w", r.shown(path), err)
	}
	return p, nil
}

// readPrediction reads a prediction, of which every number must be there but the
// total time, which may be unknown.
func readPrediction(text []byte) (prediction.Prediction, error) {
	p := prediction.Prediction{Warnings: []string{}, Hints: []string{}}
	unknown(&p.PredictedDowntime, &p.Confidence, &p.Interval.Lower, &p.Interval.Upper, &p.Interval.Level, &p.ConvergenceProbability)
	unknown(&p.PredictedTotalTimeMS)
	if err := json.Unmarshal(text, &p); err != nil {
		return p, err
	}
	switch i := p.Interval; {
	case p.Status != "success":
		return p, fmt.Errorf("its status is %q", told(p.Status))
	case !(p.PredictedDowntime > 0):
		return p, errors.New("it has no predicted_downtime above 0")
	case !(i.Lower >= 0 && i.Lower <= i.Upper):
		return p, errors.New("it has no interval with a lower and an upper end")
	}
	for _, share := range []struct {
		name  string
		value float64
	}{
		{"interval.level", p.Interval.Level}, {"confidence", p.Confidence}, {"convergence_probability", p.ConvergenceProbability},
	} {
		if !(share.value >= 0 && share.value <= 1) {
			return p, fmt.Errorf("it has no %s from 0 to 1", share.name)
		}
	}
	return p, nil
}

// unknown makes numbers unknown.
func unknown[T ~float64](numbers ...*T) {
	for _, v := range numbers {
		*v = T(math.NaN())
	}
}

// mostReportBytes is the largest body that the server takes.
const mostReportBytes = 1 << 20

// posting is a body of POST /migrations.
type posting struct {
	text  []byte
	count int
}

// Report records what came of migrations, by POST /migrations, as many at a time as
// the server takes. A request that is tried again is recorded once; Report called
// again records again. Errors are as for Predict, the location of a fault being that
// in the request, such as body[3].downtime_ms for the fourth migration of it. Where
// there is more than one request, the error says which migrations were not recorded,
// nor any after them.
func (r *Remote) Report(ctx context.Context, records []migration.Record) error {
	all, err := postings(records)
	if err != nil {
		return err
	}
	done := 0
	for _, one := range all {
		if err := r.report(ctx, one); err != nil && len(all) > 1 {
			return fmt.Errorf("record migrations %d to %d of %d: %w", done+1, done+one.count, len(records), err)
		} else if err != nil {
			return err
		}
		done += one.count
	}
	return nil
}

// postings are the bodies that hold records, in their order.
func postings(records []migration.Record) ([]posting, error) {
	var all []posting
	for i := range records {
		text, err := records[i].MarshalJSON()
		if err != nil {
			return nil, fmt.Errorf("record migration %d: %w", i+1, err)
		}
		if n := len(all); n == 0 || len(all[n-1].text)+len(text)+len(",") > mostReportBytes {
			all = append(all, posting{text: []byte("[]")})
		}
		all[len(all)-1].add(text)
	}
	return all, nil
}

// add puts one more migration into the array.
func (p *posting) add(record []byte) {
	p.text = p.text[:len(p.text)-len("]")]
	if p.count > 0 {
		p.text = append(p.text, ',')
	}
	p.text = append(append(p.text, record...), ']')
	p.count++
}

// report sends one body.
func (r *Remote) report(ctx context.Context, one posting) error {
	const path = "migrations"
	text, err := r.post(ctx, path, one.text, rand.Text())
	if err != nil {
		return err
	}
	var receipt struct {
		Recorded int `json:"recorded"`
	}
	if err := json.Unmarshal(text, &receipt); err != nil || receipt.Recorded != one.count {
		return fmt.Errorf("the answer of %s does not say that it recorded %s", r.shown(path), counted(one.count))
	}
	return nil
}
