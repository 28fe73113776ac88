package apiload

import (
	"bufio"
	"bytes"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"testing"

	"vmmp/pkg/migration"
)

// prepared are the requests of a run on a made-up server.
func prepared(t testing.TB, m Mix, seed uint64) []*request {
	t.Helper()
	target, err := NewTarget("http://host:8001/api", "word")
	if err != nil {
		t.Fatal(err)
	}
	return prepare(&Options{Target: target, Mix: m, Seed: seed})
}

// In every block the mix holds exactly, and the seed decides all.
func TestMixHolds(t *testing.T) {
	for seed, m := range []Mix{DefaultMix, {100, 0, 0}, {0, 0, 100}, {34, 33, 33}, {0, 99, 1}} {
		all, again := prepared(t, m, uint64(seed)), prepared(t, m, uint64(seed))
		for part := range slices.Chunk(all, block) {
			var got Mix
			for _, r := range part {
				got[r.Share]++
			}
			if got != m {
				t.Errorf("a block of %v, want %v", got, m)
			}
		}
		for i := range all {
			if !bytes.Equal(all[i].text, again[i].text) {
				t.Fatalf("request %d is %q, and %q", i, all[i].text, again[i].text)
			}
		}
	}
	if bytes.Equal(prepared(t, DefaultMix, 1)[0].text, prepared(t, DefaultMix, 2)[0].text) {
		t.Error("another seed makes the same requests")
	}
}

// refusal says why a body is to be refused, "" if it is not.
func refusal(media, body string) string {
	kind, parameters, err := mime.ParseMediaType(media)
	if err != nil || kind != mediaJSON || parameters["charset"] != "" && parameters["charset"] != "utf-8" {
		return "media type"
	}
	record, _, faults := migration.DecodeJSON([]byte(body))
	if err := append(faults, record.Features.Validate()...).Err(); err != nil {
		return err.Error()
	}
	return ""
}

// Each request is one of HTTP, and what it says of itself is true.
func TestRequestsAreWhatTheySay(t *testing.T) {
	for _, r := range prepared(t, Mix{34, 33, 33}, 7) {
		in := bufio.NewReader(bytes.NewReader(r.text))
		got, err := http.ReadRequest(in)
		if err != nil {
			t.Fatalf("%s: %v", r.Name, err)
		}
		body, err := io.ReadAll(got.Body)
		if rest, _ := io.ReadAll(in); err != nil || len(rest) > 0 {
			t.Errorf("%s: %v, left over %q", r.Name, err, rest)
		}
		if got.Method != "POST" || got.URL.Path != "/api/predict" || got.Host != "host:8001" || got.Header.Get("Authorization") != "Bearer word" {
			t.Errorf("%s: sent as %s %s to %s, %v", r.Name, got.Method, got.URL, got.Host, got.Header)
		}
		refused := refusal(got.Header.Get("Content-Type"), string(body))
		if (r.Share == Invalid) != (refused != "") || slices.Contains(r.Accepts, http.StatusOK) != (refused == "") {
			t.Errorf("%s request %q: refused for %q", r.Share, r.Name, refused)
		}
		if (refused == "media type") != slices.Contains(r.Accepts, http.StatusUnsupportedMediaType) {
			t.Errorf("%q accepts %v", r.Name, r.Accepts)
		}
	}
}

// Every special request is sent, under a name of its own.
func TestSpecialRequests(t *testing.T) {
	names := map[string]bool{}
	for _, r := range prepared(t, Mix{0, 50, 50}, 1) {
		names[r.Name] = true
	}
	special := append(borderlineRequests(), invalidRequests()...)
	for _, d := range special {
		if !names[d.Name] {
			t.Errorf("%q is not sent", d.Name)
		}
	}
	if len(names) != len(special) {
		t.Errorf("%d names of %d requests", len(names), len(special))
	}
	for _, d := range migration.Definitions {
		if !slices.ContainsFunc(special, func(s Request) bool { return strings.HasPrefix(s.Name, d.Name+" ") }) {
			t.Errorf("nothing tries the bounds or the type of %s", d.Name)
		}
	}
}

// Valid requests know all kinds of things, each feature sometimes.
func TestValidRequestsVary(t *testing.T) {
	known := map[migration.Feature]int{}
	all := prepared(t, Mix{100, 0, 0}, 3)
	for _, r := range all {
		_, body, _ := bytes.Cut(r.text, []byte("\r\n\r\n"))
		record, _, _ := migration.DecodeJSON(body)
		for f := range record.Features.Known().All() {
			known[f]++
		}
	}
	for _, d := range migration.Definitions {
		n := known[d.Feature]
		if always := n == len(all); n < len(all)/10 || always != d.Required {
			t.Errorf("%s is known in %d of %d", d.Name, n, len(all))
		}
	}
}
