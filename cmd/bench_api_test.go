//go:build bench

package cmd

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"text/tabwriter"
	"time"
)

// The loads.
const (
	rounds        = 5 // of each load on each server, in turn
	openRate      = 500
	openTime      = 5 * time.Second
	openWires     = 32 // what is not idle when a request is due makes it wait
	closedTime    = 2 * time.Second
	writers       = 8
	starts        = 21
	idleFor       = 2 * time.Second
	syncedBytes   = 4096
	measuredSyncs = 200
)

var (
	predictPost = post{"/predict", `{"cpu_load":75.5,"memory_usage":68.2,"disk_io":45.8,"network_bandwidth":850}`, "200"}
	recordPost  = post{"/migrations", `{"cpu_load":75.5,"memory_usage":68.2,"disk_io":45.8,"network_bandwidth":850,` +
		`"downtime_ms":142.5,"total_time_ms":9100,"status":"completed","group":"web-1"}`, "201"}
)

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
	pair.run(fmt.Sprintf("open loop, %d requests/s", openRate), openWires, func(wires []*wire) (sample, error) { return openLoop(wires, openRate, openTime) })
	for _, connections := range []int{2, 8} {
		pair.run(fmt.Sprintf("closed loop, %d connections", connections), connections, func(wires []*wire) (sample, error) { return closedLoop(wires, closedTime) })
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
	wires := connect(t, s, predictPost, 1)
	defer hangUp(wires)
	if _, err := wires[0].conn.Write(wires[0].request); err != nil {
		t.Fatal(err)
	}
	size, err := wires[0].receive()
	if err != nil {
		t.Fatal(err)
	}
	return size
}

// connect opens so many connections to a server.
func connect(t *testing.T, s *launched, p post, connections int) []*wire {
	t.Helper()
	wires, err := dial(s.addr, p, connections)
	if err != nil {
		t.Fatal(err)
	}
	return wires
}

// duel puts the same load on two servers in turn, so that what else the machine
// does meets both.
type duel struct {
	t       *testing.T
	out     io.Writer
	servers [2]*launched
}

// result is what one server made of one load, over all rounds.
type result struct {
	sample
	rates []float64     // of each round, per second
	used  time.Duration // of the server on the processors
}

// run measures one load and prints its table.
func (d duel) run(title string, connections int, load func([]*wire) (sample, error)) {
	d.t.Helper()
	var results [2]result
	for range rounds {
		for i, s := range d.servers {
			results[i].measure(d.t, s, predictPost, connections, load)
		}
	}
	vmmp, bare := results[0].figures(), results[1].figures()
	ratio := make([]float64, len(vmmp))
	for i := range ratio {
		ratio[i] = vmmp[i] / bare[i]
	}
	fmt.Fprintf(d.out, "\n%s, %d rounds each in turn; latency in us\n", title, rounds)
	table := tabwriter.NewWriter(d.out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\trequests/s\tp50\tp90\tp99\tp99.9\tworst\tserver CPU/request\t")
	row(table, "vmmp serve", "%.0f", vmmp)
	row(table, "bare", "%.0f", bare)
	row(table, "ratio", "%.2f", ratio)
	if err := table.Flush(); err != nil {
		d.t.Fatal(err)
	}
	if late := slices.Concat(results[0].late, results[1].late); len(late) > 0 {
		slices.Sort(late)
		fmt.Fprintf(d.out, "the client itself sent late: p50 %.0f us, p99 %.0f us, counted as latency\n",
			microseconds(quantile(late, 0.5)), microseconds(quantile(late, 0.99)))
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
func (r *result) measure(t *testing.T, s *launched, p post, connections int, load func([]*wire) (sample, error)) {
	t.Helper()
	wires := connect(t, s, p, connections)
	defer hangUp(wires)
	before := s.used(t)
	got, err := load(wires)
	if err != nil {
		t.Fatal(err)
	}
	r.used += s.used(t) - before
	r.rates = append(r.rates, got.perSecond())
	r.add(got)
}

// figures are those of one row of the table: the median rate of the rounds, the
// latencies of all.
func (r *result) figures() []float64 {
	slices.Sort(r.rates)
	slices.Sort(r.latencies)
	f := []float64{r.rates[len(r.rates)/2]}
	for _, p := range []float64{0.5, 0.9, 0.99, 0.999, 1} {
		f = append(f, microseconds(quantile(r.latencies, p)))
	}
	return append(f, microseconds(r.used)/float64(len(r.latencies)))
}

func microseconds(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// reportOutcomes has writers record outcomes one at a time. Each is on disk when
// it is acknowledged, so that the disk decides: its own pace is told beside it.
func reportOutcomes(t *testing.T, out io.Writer, s *launched, folder string) {
	t.Helper()
	var r result
	for range rounds {
		r.measure(t, s, recordPost, writers, func(wires []*wire) (sample, error) { return closedLoop(wires, closedTime) })
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
