//go:build integration

package stack

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vmmp/tests/loopback"
)

// isWatched waits until Prometheus has had an answer of everything.
func (p *project) isWatched(t *testing.T) {
	p.targetsAre(t, map[string]int{"vmmp": 1, "vmmp-stress": 1, "node": 1, "prometheus": 1})
}

// targetsAre waits until so many targets of each job are up, and no other is there.
func (p *project) targetsAre(t *testing.T, want map[string]int) {
	t.Helper()
	await(t, fmt.Sprint("targets up: ", want), func() (any, bool) {
		up := map[string]int{}
		for _, s := range p.query("up == 1") {
			up[s.labels["job"]]++
		}
		down := p.query("up == 0")
		return fmt.Sprint(up, " down: ", down), maps.Equal(up, want) && len(down) == 0
	})
}

// followsTheLoad lets stress-simulator go from nothing to much. The host panels and the
// predictions, which take this machine for the VM, have to follow.
func (p *project) followsTheLoad(t *testing.T) {
	const load = 1 << 30
	p.set("STRESS_ARGS", "--vm 1 --vm-bytes 16M --vm-dirty-rate 1")
	p.up(t)
	quiet := p.settled(t, 1<<20)
	p.set("STRESS_ARGS", "--cpu 1 --cpu-load 50 --vm 1 --vm-bytes 1G --vm-dirty-rate 200")
	p.set("STRESS_MEMORY", "2g")
	p.up(t)
	loaded := p.settled(t, 200<<20)
	for what, rise := range map[string]float64{
		"memory in use, by the node exporter": loaded.memory - quiet.memory,
		"memory in use, by vmmp itself":       loaded.ownMemory - quiet.ownMemory,
	} {
		if rise < load/2 {
			t.Errorf("%s rose by %.0f bytes under a load of %d: before %+v, after %+v", what, rise, load, quiet, loaded)
		}
	}
	if loaded.downtime <= quiet.downtime {
		t.Errorf("the predicted downtime went from %g to %g s under load", quiet.downtime, loaded.downtime)
	}
	t.Logf("quiet: %+v, loaded: %+v", quiet, loaded)
}

// machine is what the host panels show, and what is predicted for a VM like it.
type machine struct{ memory, ownMemory, downtime float64 }

// settled waits until stress-simulator holds its dirty rate, and Prometheus knows what
// the machine looks like then.
func (p *project) settled(t *testing.T, dirty float64) machine {
	t.Helper()
	var m machine
	await(t, fmt.Sprintf("a dirty rate of %g is held", dirty), func() (any, bool) {
		rate, known := p.value("vmmp_stress_dirty_bytes_per_second")
		var all [3]bool
		m.memory, all[0] = p.value("(" + panel(t, "Memory in use") + ") * sum(node_memory_MemTotal_bytes)")
		m.ownMemory, all[1] = p.value(`vmmp_host_memory_usage_ratio{job="vmmp"} * on (instance) vmmp_host_memory_bytes`)
		m.downtime, all[2] = p.value(panel(t, "Predicted downtime under load"))
		near := rate > dirty/2 && rate < dirty*2
		return fmt.Sprint(rate, known, m, all), known && near && !slices.Contains(all[:], false)
	})
	return m
}

// panel is what a panel of the dashboard about the host asks Prometheus.
func panel(t *testing.T, title string) string {
	t.Helper()
	const path = "monitoring/grafana/dashboards/host.json"
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &dashboard)
	}
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	for _, p := range dashboard.Panels {
		if p.Title == title && len(p.Targets) == 1 {
			return strings.ReplaceAll(p.Targets[0].Expr, "$node", ".*")
		}
	}
	t.Fatalf("%s has no panel %q with one query", path, title)
	return ""
}

// scales lets more replicas of both share the work.
func (p *project) scales(t *testing.T) {
	p.set("STRESS_ARGS", "--vm 1 --vm-bytes 16M --vm-dirty-rate 1")
	p.up(t, "--scale", "api=3", "--scale", "stress-simulator=3")
	p.targetsAre(t, map[string]int{"vmmp": 3, "vmmp-stress": 3, "node": 1, "prometheus": 1})
	p.isReady(t)
	before := p.predictions()
	const requests = 600
	for range requests {
		p.answers(t, 200, "/predict", `{"cpu_load": 75, "memory_usage": 68}`)
	}
	var shares map[string]float64
	await(t, "Prometheus has counted all requests", func() (any, bool) {
		shares = p.predictions()
		total := 0.0
		for instance, n := range shares {
			shares[instance] = n - before[instance]
			total += shares[instance]
		}
		return shares, total >= requests
	})
	t.Logf("%d requests went to %v", requests, shares)
	for instance, n := range shares {
		if n < requests/5 { // of a third, in which seven standard deviations lie
			t.Errorf("%s got %g of %d requests: %v", instance, n, requests, shares)
		}
	}
	p.remembers(t)
}

// predictions are how many each replica has made.
func (p *project) predictions() map[string]float64 {
	made := map[string]float64{}
	for _, s := range p.query("sum by (instance) (vmmp_predictions_total)") {
		made[s.labels["instance"]] = s.value
	}
	return made
}

// servesATrainedModel trains in one replica and lets all of them serve the model.
func (p *project) servesATrainedModel(t *testing.T) {
	p.run(t, "exec", "-T", "api", "vmmp", "train", "--samples", "300", "--trees", "10", "--out", "mine.vmmp")
	before := p.answers(t, 200, "/model", "").field("id")
	p.set("VMMP_MODEL", "mine.vmmp")
	p.up(t, "--scale", "api=3", "--scale", "stress-simulator=3")
	p.isReady(t)
	p.targetsAre(t, map[string]int{"vmmp": 3, "vmmp-stress": 3, "node": 1, "prometheus": 1})
	ids := map[any]bool{}
	for range 20 {
		ids[p.answers(t, 200, "/model", "").field("id")] = true
	}
	if len(ids) != 1 || ids[before] {
		t.Errorf("the replicas serve the models %v, before %v", ids, before)
	}
	p.remembers(t) // it is PostgreSQL that keeps the history
}

// alerts takes services away: what should fire does, and ends when they are back.
func (p *project) alerts(t *testing.T) {
	p.fires(t, map[string]bool{"VmmpDown": false, "TargetDown": false})
	p.run(t, "stop", "api", "node-exporter")
	p.fires(t, map[string]bool{"VmmpDown": true, "TargetDown": true})
	gone := p.answers(t, 503, "/predict", `{"cpu_load": 75, "memory_usage": 68}`)
	if gone.header.Get("Retry-After") == "" || !strings.Contains(gone.text, "no replica of vmmp answers") {
		t.Errorf("without a replica nginx answers %v: %s", gone.header, gone.text)
	}
	p.run(t, "start", "api", "node-exporter")
	p.fires(t, map[string]bool{"VmmpDown": false, "TargetDown": false})
	p.isReady(t)
}

// fires waits until each of the alerts fires, or does not.
func (p *project) fires(t *testing.T, want map[string]bool) {
	t.Helper()
	await(t, fmt.Sprint("alerts that fire: ", want), func() (any, bool) {
		if len(p.query("vector(1)")) == 0 {
			return "Prometheus does not answer", false
		}
		firing := map[string]bool{}
		for _, s := range p.query(`ALERTS{alertstate="firing"}`) {
			firing[s.labels["alertname"]] = true
		}
		for alert, fires := range want {
			if firing[alert] != fires {
				return firing, false
			}
		}
		return firing, true
	})
}

// watchesAnother brings monitoring/docker-compose.yml up, for a server that is none of
// its services.
func watchesAnother(t *testing.T, e *engine, image string) {
	port := loopback.Port(t)
	server := e.docker(t, "run", "--detach", "--rm", "--publish", port+":8001", image)
	defer e.docker(t, "rm", "--force", "--volumes", server)
	address := "host.docker.internal:" + port
	targets := t.TempDir()
	written, err := os.ReadFile("monitoring/targets/vmmp.yml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(written), "host.docker.internal:8001", address)
	if err := os.WriteFile(filepath.Join(targets, "vmmp.yml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	readable(t, targets)
	p := newProject(t, e, newTag(), "monitoring/docker-compose.yml", hurried(t, targets+":/etc/prometheus/targets:ro"))
	p.run(t, "up", "--detach", "prometheus", "node-exporter")
	p.targetsAre(t, map[string]int{"vmmp": 1, "node": 1, "prometheus": 1})
	if v, known := p.value(`up{job="vmmp", instance="` + address + `"}`); !known || v != 1 {
		t.Errorf("Prometheus does not watch %s, but %v", address, p.query("up"))
	}
}
