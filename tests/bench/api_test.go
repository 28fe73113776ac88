//go:build bench

// Package bench measures vmmp serve as a whole, beside a bare net/http handler.
package bench

import (
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"vmmp/pkg/stress/apiload"
)

// The loads.
const (
	rounds          = 5 // of each load on each server, in turn
	openRate        = 500
	openTime        = 5 * time.Second
	openConnections = 32 // what is not idle when a request is due makes it wait
	closedTime      = 2 * time.Second
	writers         = 8
	starts          = 21
	idleFor         = 2 * time.Second
	syncedBytes     = 4096
	measuredSyncs   = 200

	patienceOfLoads = time.Minute // with an answer
)

// post is a request that is sent over and over.
type post struct {
	path, body string
	status     int // that answers have
}

var (
	predictPost = post{"/predict", `{"cpu_load":75.5,"memory_usage":68.2,"disk_io":45.8,"network_bandwidth":850}`, http.StatusOK}
	recordPost  = post{"/migrations", `{"cpu_load":75.5,"memory_usage":68.2,"disk_io":45.8,"network_bandwidth":850,` +
		`"downtime_ms":142.5,"total_time_ms":9100,"status":"completed","group":"web-1"}`, http.StatusCreated}
)

// load is what one server is loaded with at a time; a rate of 0 is a closed loop.
type load struct {
	post
	connections int
	rate        float64
	time        time.Duration
}

// put loads a server, and fails the test unless every answer is the right one.
func (l load) put(t *testing.T, s *launched) *apiload.Report {
	t.Helper()
	target, err := apiload.NewTarget("http://"+s.addr, "")
	if err != nil {
		t.Fatal(err)
	}
	r, err := apiload.Run(t.Context(), apiload.Options{
		Target: target, Connections: l.connections, Rate: l.rate, Duration: l.time, Timeout: patienceOfLoads,
		Requests: []apiload.Request{{Path: l.path, Body: l.body, Accepts: []int{l.status}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.ErrorCount() > 0 {
		t.Fatalf("failed: %v", r.Examples)
	}
	return r
}

// TestBenchAPI prints how fast and how large vmmp serve is, beside a net/http
// handler without a model. It asserts that every answer is the right one, and no
// figure: those are of the machine as much as of the program.
func TestBenchAPI(t *testing.T) {
	binary := buildRelease(t)
	history := filepath.Join(t.TempDir(), "history.db")
	vmmp := launch(t, binary, "serve", "--addr", "127.0.0.1:0", "--history", history)
	bare := launch(t, "bare")
	time.Sleep(idleFor)
	idle := vmmp.memory(t)

	out := os.Stdout
	fmt.Fprintf(out, "vmmp serve beside a bare net/http handler that decodes and encodes the same JSON; %s, GOMAXPROCS %d, the client on the same processors\n",
		runtime.Version(), runtime.GOMAXPROCS(0))
	fmt.Fprintf(out, "POST /predict, %d bytes; answers of %d and %d bytes\n", len(predictPost.body), answerSize(t, vmmp), answerSize(t, bare))
	pair := duel{t, out, [2]*launched{vmmp, bare}}
	pair.run(fmt.Sprintf("open loop, %d requests/s", openRate), load{predictPost, openConnections, openRate, openTime})
	for _, connections := range []int{2, 8} {
		pair.run(fmt.Sprintf("closed loop, %d connections", connections), load{predictPost, connections, 0, closedTime})
	}
	predicted := vmmp.memory(t)
	reportOutcomes(t, out, vmmp, filepath.Dir(history))
	fmt.Fprintf(out, "\nresident memory: idle %v; after the predictions %v; after the outcomes %v\n", idle, predicted, vmmp.memory(t))
	vmmp.stop(t)
	bare.stop(t)
	reportStarts(t, out, binary)
}

// answerSize is the size of the body of an answer of POST /predict.
func answerSize(t *testing.T, s *launched) int {
	t.Helper()
	r, err := http.Post("http://"+s.addr+predictPost.path, "application/json", strings.NewReader(predictPost.body))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	size, err := io.Copy(io.Discard, r.Body)
	if err != nil || r.StatusCode != predictPost.status {
		t.Fatalf("%s, %v", r.Status, err)
	}
	return int(size)
}

// duel puts the same load on two servers in turn, so that what else the machine
// does meets both.
type duel struct {
	t       *testing.T
	out     io.Writer
	servers [2]*launched
}

// result is what one server made of one load, in all rounds.
type result struct {
	rounds   []*apiload.Report
	requests int
	used     time.Duration // of the server on the processors
}

// run measures one load and prints its table.
func (d duel) run(title string, l load) {
	d.t.Helper()
	var results [2]result
	for range rounds {
		for i, s := range d.servers {
			results[i].measure(d.t, s, l)
		}
	}
	vmmp, bare := results[0].figures(), results[1].figures()
	ratio := make([]float64, len(vmmp))
	for i := range ratio {
		ratio[i] = vmmp[i] / bare[i]
	}
	fmt.Fprintf(d.out, "\n%s, median of %d rounds each in turn; latency in us\n", title, rounds)
	table := tabwriter.NewWriter(d.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\trequests/s\tp50\tp90\tp99\tp99.9\tworst\tserver CPU/request\t")
	row(table, "vmmp serve", "%.0f", vmmp)
	row(table, "bare", "%.0f", bare)
	row(table, "ratio", "%.2f", ratio)
	if err := table.Flush(); err != nil {
		d.t.Fatal(err)
	}
	if l.rate > 0 {
		late := result{rounds: slices.Concat(results[0].rounds, results[1].rounds)}
		fmt.Fprintf(d.out, "the client itself sent late: p50 %.0f us, p99 %.0f us, counted as latency\n",
			1000*late.median(func(r *apiload.Report) float64 { return r.Late.P50 }),
			1000*late.median(func(r *apiload.Report) float64 { return r.Late.P99 }))
	}
}

// row prints one row of a table.
func row(out io.Writer, name, format string, figures []float64) {
	fmt.Fprint(out, name, "\t")
	for _, f := range figures {
		fmt.Fprintf(out, format+"\t", f)
	}
	fmt.Fprintln(out)
}

// measure puts the load on a server once.
func (r *result) measure(t *testing.T, s *launched, l load) {
	t.Helper()
	before := s.used(t)
	got := l.put(t, s)
	r.used += s.used(t) - before
	r.requests += got.Requests
	r.rounds = append(r.rounds, got)
}

// median is that of one figure over the rounds.
func (r *result) median(of func(*apiload.Report) float64) float64 {
	var values []float64
	for _, round := range r.rounds {
		values = append(values, of(round))
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// figures are those of one row of the table: medians of the rounds, but for the
// server's time, which is of all requests.
func (r *result) figures() []float64 {
	f := []float64{r.median(func(r *apiload.Report) float64 { return r.Throughput })}
	for _, of := range []func(apiload.Latency) float64{
		func(l apiload.Latency) float64 { return l.P50 },
		func(l apiload.Latency) float64 { return l.P90 },
		func(l apiload.Latency) float64 { return l.P99 },
		func(l apiload.Latency) float64 { return l.P999 },
		func(l apiload.Latency) float64 { return l.Max },
	} {
		f = append(f, 1000*r.median(func(r *apiload.Report) float64 { return of(r.Latency) }))
	}
	return append(f, microseconds(r.used)/float64(r.requests))
}

func microseconds(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// quantile is the smallest value that the share p of sorted ones does not exceed.
func quantile(sorted []time.Duration, p float64) time.Duration {
	return sorted[max(0, int(math.Ceil(p*float64(len(sorted))))-1)]
}

// reportOutcomes has writers record outcomes one at a time. Each is on disk when
// it is acknowledged, so that the disk decides: its own pace is told beside it.
func reportOutcomes(t *testing.T, out io.Writer, s *launched, folder string) {
	t.Helper()
	var r result
	for range rounds {
		r.measure(t, s, load{recordPost, writers, 0, closedTime})
	}
	f := r.figures()
	fmt.Fprintf(out, "\nPOST /migrations, %d writers, one migration each, SQLite: %.0f acknowledged/s (median of %d rounds), p50 %.0f us, p99 %.0f us, server CPU/request %.0f us\n",
		writers, f[0], rounds, f[1], f[3], f[6])
	fmt.Fprintf(out, "the disk by itself: %.0f us to write and sync %d bytes (median of %d)\n", microseconds(syncTime(t, folder)), syncedBytes, measuredSyncs)
}

// syncTime is how long a small append to a file takes until it is on disk.
func syncTime(t *testing.T, folder string) time.Duration {
	t.Helper()
	file, err := os.CreateTemp(folder, "sync")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	page := make([]byte, syncedBytes)
	var took []time.Duration
	for range measuredSyncs {
		start := time.Now()
		if _, err := file.Write(page); err != nil {
			t.Fatal(err)
		}
		if err := file.Sync(); err != nil {
			t.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	return quantile(took, 0.5)
}

// reportStarts tells how long it takes from the start of the process to the first
// 200 on /ready: with a new history, and with the one that the first start made.
func reportStarts(t *testing.T, out io.Writer, binary string) {
	t.Helper()
	kept := filepath.Join(t.TempDir(), "history.db")
	for _, c := range []struct {
		name    string
		history func() string
	}{
		{"a new history", func() string { return filepath.Join(t.TempDir(), "history.db") }},
		{"an old history", func() string { return kept }},
		{"no history", func() string { return "none" }},
	} {
		var took []time.Duration
		for range starts {
			s := launch(t, binary, "serve", "--addr", "127.0.0.1:0", "--history", c.history())
			s.stop(t)
			took = append(took, s.ready)
		}
		slices.Sort(took)
		fmt.Fprintf(out, "start to the first 200 on /ready with %s: median %.1f ms, worst %.1f ms of %d\n",
			c.name, microseconds(quantile(took, 0.5))/1000, microseconds(quantile(took, 1))/1000, starts)
	}
}
