package prometheus

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// series is one of a fake server: its labels, its newest sample, and how old that is.
type series struct {
	labels map[string]string
	value  float64
	age    time.Duration
}

// of returns a series of a metric, its labels given as name, value, name, value.
func of(metric string, value float64, labels ...string) series {
	s := series{map[string]string{"__name__": metric}, value, 10 * time.Second}
	for i := 0; i+1 < len(labels); i += 2 {
		s.labels[labels[i]] = labels[i+1]
	}
	return s
}

func (s series) aged(age time.Duration) series {
	s.age = age
	return s
}

// fake answers what the queries of the test's mapping can be, as a Prometheus would: the series of a selector, perhaps
// beside a comparison that it leaves alone, and the newest sample of each.
type fake struct {
	*httptest.Server
	mutex   sync.Mutex
	series  []series
	asked   []string
	ahead   time.Duration // of the server's clock
	refuses func(query string) (status int, body string)
}

func newFake(t *testing.T, all ...series) *fake {
	f := &fake{series: all}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Server.Close)
	return f
}

// set replaces the series.
func (f *fake) set(all ...series) {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.series = all
}

// queries returns what was asked since the last time.
func (f *fake) queries() []string {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	asked := f.asked
	f.asked = nil
	return asked
}

func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.FormValue("query")
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.asked = append(f.asked, query)
	if f.refuses != nil {
		if status, body := f.refuses(query); status != 0 {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
			return
		}
	}
	at := time.Now().Add(f.ahead)
	if text := r.FormValue("time"); text != "" {
		seconds, _ := strconv.ParseFloat(text, 64)
		at = unix(seconds)
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"status": "success", "data": map[string]any{
		"resultType": "vector", "result": f.answer(query, at),
	}})
}

var (
	selector  = regexp.MustCompile(`^([a-z_]+)\{(.*)\}(?: [>=]+ [0-9]+)?$`)
	timestamp = regexp.MustCompile(`^max by \((.*)\) \(timestamp\((.*)\)\)$`)
	matcher   = regexp.MustCompile(`([a-z_]+)(=~|!=|=)("(?:[^"\\]|\\.)*")`)
)

type point struct {
	Metric map[string]string `json:"metric"`
	Value  [2]any            `json:"value"`
}

func (f *fake) answer(query string, at time.Time) []point {
	seconds := float64(at.UnixMilli()) / 1000
	var found []point
	if m := timestamp.FindStringSubmatch(query); m != nil {
		for _, s := range f.find(m[2]) {
			by := map[string]string{}
			for label := range strings.SplitSeq(m[1], ", ") {
				if v := s.labels[label]; v != "" {
					by[label] = v
				}
			}
			found = append(found, point{by, [2]any{seconds, strconv.FormatFloat(seconds-s.age.Seconds(), 'f', 3, 64)}})
		}
		return found
	}
	for _, s := range f.find(query) {
		found = append(found, point{s.labels, [2]any{seconds, strconv.FormatFloat(s.value, 'g', -1, 64)}})
	}
	return found
}

// find returns the series of a selector, but those that have ended.
func (f *fake) find(query string) []series {
	m := selector.FindStringSubmatch(query)
	if m == nil {
		panic("no query of a fake: " + query)
	}
	return slices.DeleteFunc(slices.Clone(f.series), func(s series) bool {
		return s.labels["__name__"] != m[1] || s.age > 5*time.Minute || !matches(s.labels, m[2])
	})
}

func matches(labels map[string]string, matchers string) bool {
	for _, m := range matcher.FindAllStringSubmatch(matchers, -1) {
		want, err := strconv.Unquote(m[3])
		if err != nil {
			panic(err)
		}
		got := labels[m[1]]
		if ok := map[string]bool{"=": got == want, "!=": got != want}[m[2]]; m[2] != "=~" && !ok {
			return false
		}
		if m[2] == "=~" && !regexp.MustCompile("^(?:"+want+")$").MatchString(got) {
			return false
		}
	}
	return true
}

// testMapping asks plain series of everything.
const testMapping = `labels: {namespace: namespace, name: name, host: node}
stale: 2m
vms:
  query: vm_info{$vm}
  state: {labels: [phase], values: {running: running, paused: paused, stopped: stopped}}
features:
  cpu_load: {query: "vm_cpu{$vm}", unit: "%", scale: 100}
  memory_mib: {query: "vm_memory{$vm}", unit: B}
  vcpus: {query: "vm_vcpus{$vm}"}
  dirty_rate: {query: "vm_dirty{$vm}", unit: B/s}
  network_bandwidth: {query: "node_speed{$host} > 0", series: "node_speed{$host}", unit: B/s, per: host, labels: {host: instance}}
unmovable: {query: "vm_pinned{$vm} == 1", reason: it is pinned}
progress:
  active: {query: "vm_moving{$vm}"}
  seconds: {query: "vm_moving{$vm}", unit: s}
  remaining_mib: {query: "vm_remaining{$vm}", unit: B}
  mbps: {query: "vm_speed{$vm}", unit: B/s}
ended:
  completed: {query: "move_succeeded{$vm}", labels: {migration: move}}
  failed: {query: "move_failed{$vm}", labels: {migration: move}}
  start: {query: "move_start{$vm}", labels: {migration: move}}
  end: {query: "move_end{$vm}", labels: {migration: move}}
`

// web is a running VM of the namespace shop, on node a, with all that is told of one.
func web() []series { return vm("shop", "web", "a") }

func vm(namespace, name, node string) []series {
	l := []string{"namespace", namespace, "name", name, "node", node}
	return []series{
		of("vm_info", 1, append(l, "phase", "running", "os", "linux")...),
		of("vm_cpu", 0.25, l...),
		of("vm_memory", 4<<30, l...),
		of("vm_vcpus", 4, l...),
		of("vm_dirty", 50<<20, l...),
		of("node_speed", 1.25e9, "instance", node+":9100"),
	}
}

// but returns the series with those of a metric replaced.
func but(all []series, metric string, with ...series) []series {
	kept := slices.DeleteFunc(slices.Clone(all), func(s series) bool { return s.labels["__name__"] == metric })
	return append(kept, with...)
}

// open opens the fake by the test's mapping.
func (f *fake) open(t testing.TB, o Options) *Source {
	t.Helper()
	m, err := ParseMapping("test.yaml", []byte(testMapping))
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(f.URL, m, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// like returns the labels with others set.
func like(s series, labels ...string) series {
	s.labels = maps.Clone(s.labels)
	for i := 0; i+1 < len(labels); i += 2 {
		s.labels[labels[i]] = labels[i+1]
	}
	return s
}
