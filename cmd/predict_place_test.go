package cmd

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"vmmp/pkg/qmp/qmptest"
)

// answered is what is read of an answer about a VM.
type answered struct {
	VM struct {
		Name, ID, Host string
	} `json:"vm"`
	PredictedDowntime float64 `json:"predicted_downtime"`
	Known             map[string]struct {
		Value any     `json:"value"`
		From  string  `json:"from"`
		AgeS  float64 `json:"age_s"`
	} `json:"known"`
	Notes    []string `json:"notes"`
	Warnings []string `json:"warnings"`
}

func TestPredictAVMByItsMonitor(t *testing.T) {
	q := qmptest.Start(t)
	c := newFakeEnv("predict", "--qmp", q.Path, "--quick", "--net", "10Gbps", "-o", "json")
	c.exits(t, exitOK)
	var got answered
	if err := json.Unmarshal(c.out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.VM.Name != "idle" || got.VM.ID != q.Path || !(got.PredictedDowntime > 0) {
		t.Errorf("%+v", got)
	}
	if net := got.Known["network_bandwidth"]; net.Value != 10_000. || net.From != "given" {
		t.Errorf("what was given is %+v", net)
	}
	if memory := got.Known["memory_mib"]; memory.Value != 256. || !strings.HasPrefix(memory.From, "query-") {
		t.Errorf("what was told is %+v", memory)
	}
	if _, measured := got.Known["dirty_rate"]; measured {
		t.Error("what disturbs was measured although --quick")
	}
}

// What was given by hand outweighs what the place tells.
func TestGivenOutweighsTold(t *testing.T) {
	q := qmptest.Start(t)
	c := newFakeEnv("predict", "idle", "--qmp", q.Path, "--quick", "--downtime-limit", "77ms", "-o", "json")
	c.exits(t, exitOK)
	var got answered
	if err := json.Unmarshal(c.out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if limit := got.Known["downtime_limit_ms"]; limit.Value != 77. || limit.From != "given" {
		t.Errorf("the limit is %+v", limit)
	}
}

func TestPredictAVMAsText(t *testing.T) {
	q := qmptest.Start(t)
	c := newFakeEnv("predict", "idle", "--qmp", q.Path, "--quick")
	c.exits(t, exitOK)
	for _, want := range []string{"VM ", "idle", "Predicted downtime", "Known of it", "256 MiB (query-", "downtime_limit_ms   300 ms (query-migrate-parameters"} {
		if !strings.Contains(c.out.String(), want) {
			t.Errorf("no %q in\n%s", want, c.out.String())
		}
	}
}

func TestPredictAllVMs(t *testing.T) {
	q := qmptest.Start(t)
	c := newFakeEnv("predict", "--all", "--qmp", q.Path, "--quick")
	c.exits(t, exitOK)
	if lines := strings.Split(strings.TrimSpace(c.out.String()), "\n"); len(lines) != 2 || !strings.HasPrefix(lines[1], "idle") {
		t.Errorf("%s", c.out.String())
	}
	c = newFakeEnv("predict", "--all", "--qmp", q.Path, "--quick", "-o", "csv")
	c.exits(t, exitOK)
	rows, err := csv.NewReader(&c.out).ReadAll()
	if err != nil || len(rows) != 2 || rows[0][0] != "name" || rows[1][0] != "idle" {
		t.Errorf("%v, %v", rows, err)
	}
	c = newFakeEnv("predict", "--all", "--qmp", q.Path, "--quick", "-o", "ndjson")
	c.exits(t, exitOK)
	var got answered
	if err := json.Unmarshal(c.out.Bytes(), &got); err != nil || got.VM.Name != "idle" {
		t.Errorf("%+v, %v", got, err)
	}
}

// A limit is asked about of a VM of a place as of any other.
func TestLimitOfAVM(t *testing.T) {
	q := qmptest.Start(t)
	for _, which := range []string{"idle", "--all"} {
		c := newFakeEnv("predict", which, "--qmp", q.Path, "--quick", "--net", "1000", "--max-downtime", "1ms")
		c.exits(t, exitExceeded)
	}
}

func TestPlacesThatAreRefused(t *testing.T) {
	q := qmptest.Start(t)
	for _, test := range []struct {
		args, want string
	}{
		{"web-1", "say where: --libvirt"},
		{"--all", "say where: --libvirt"},
		{"--quick --cpu 1 --mem 1", "--quick is of a VM of a place"},
		{"idel --qmp " + q.Path, "no such VM as"},
		{"a --qmp x --prometheus y", "take one at a time"},
		{"--prometheus http://127.0.0.1:1", "name a VM"},
		{"--all web --qmp x", "--all answers for every VM"},
		{"--all --explain --qmp x", "name a VM in place of --all"},
		{"web --qmp x --live", "leave out --input, --live and --pid"},
		{"web --qmp x --sort name", "--sort is of --all"},
		{"--all --qmp x --sort colour", "take one of convergence, downtime, name, total"},
		{"web --qmp x --mapping kubevirt", "--mapping is of --prometheus"},
		{"web --qmp x --quick --curve", "take one of them"},
		{"web --qmp x --place-timeout 0s", "must be above 0"},
		{"a b --qmp x", "takes the name of one VM"},
		{"web --prometheus http://127.0.0.1:1 --mapping none-such", "none-such"},
	} {
		c := newFakeEnv(append([]string{"predict"}, strings.Fields(test.args)...)...)
		c.exits(t, exitUsage)
		if got := c.errs.String(); !strings.Contains(got, test.want) || strings.Count(got, "\n") != 1 {
			t.Errorf("%s: %s, want %q", test.args, got, test.want)
		}
	}
}

// A URI may stand behind --libvirt as it does behind virsh's --connect.
func TestLibvirtByAURIBehindIt(t *testing.T) {
	f := placeFlags{libvirt: byDefault}
	if rest := f.takeURI([]string{"web-1", "qemu+ssh://host/system"}); len(rest) != 1 || rest[0] != "web-1" || f.address() != "libvirt:qemu+ssh://host/system" {
		t.Errorf("%v, %s", rest, f.address())
	}
	f = placeFlags{libvirt: byDefault}
	if rest := f.takeURI([]string{"web-1"}); len(rest) != 1 || f.address() != "libvirt:" {
		t.Errorf("%v, %s", rest, f.address())
	}
}

// A place that hangs costs its timeout, and says what to do.
func TestAPlaceThatHangs(t *testing.T) {
	q := qmptest.Start(t)
	q.Answer("query-status", func(map[string]any) string { return "" })
	c := newFakeEnv("predict", "--qmp", q.Path, "--place-timeout", "200ms")
	c.exits(t, exitFailed)
	if got := c.errs.String(); !strings.Contains(got, "200ms") || strings.Count(got, "\n") != 1 {
		t.Errorf("%s", got)
	}
}
