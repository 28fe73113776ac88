//go:build integration

package stack

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// services are those of docker-compose.yml without Grafana, which no package of Debian
// stands in for.
var services = []string{"api", "nginx", "postgres", "stress-simulator", "prometheus", "node-exporter"}

// TestStack builds the image, looks at it, brings docker-compose.yml up, and uses it as
// its head says: each step begins where the one before it ended.
func TestStack(t *testing.T) {
	e, tag := newEngine(t), newTag()
	image := buildImage(t, e, tag)
	t.Run("image", func(t *testing.T) { e.isWhatItShouldBe(t, image, tag) })
	e.standFor(t, composeImages(t, "docker-compose.yml", services)...)
	p := newProject(t, e, tag, "docker-compose.yml", hurried(t))
	for _, step := range []struct {
		name string
		take func(*project, *testing.T)
	}{
		{"up", (*project).comesUp},
		{"confined", (*project).isConfined},
		{"traffic", (*project).takesTraffic},
		{"targets", (*project).isWatched},
		{"stress", (*project).followsTheLoad},
		{"scale", (*project).scales},
		{"train", (*project).servesATrainedModel},
		{"alerts", (*project).alerts},
		{"down", (*project).leavesNothing},
	} {
		if !t.Run(step.name, func(t *testing.T) { step.take(p, t) }) {
			return
		}
	}
	t.Run("monitoring alone", func(t *testing.T) { watchesAnother(t, e, image) })
}

// hurried is a compose file that makes Prometheus look every second, and its rules wait
// seconds instead of minutes; all else is as in monitoring/prometheus. mounts are of
// Prometheus, too.
func hurried(t *testing.T, mounts ...string) string {
	t.Helper()
	folder := t.TempDir()
	sooner := func(from, to string, pattern, replacement string) {
		text, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		changed := regexp.MustCompile(pattern).ReplaceAll(text, []byte(replacement))
		if err := os.WriteFile(filepath.Join(folder, to), changed, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	sooner("monitoring/prometheus/prometheus.yml", "prometheus.yml", `(_interval: )\d+s`, "${1}1s")
	rules, err := filepath.Glob("monitoring/prometheus/rules/*.yml")
	if err != nil || len(rules) == 0 {
		t.Fatalf("no rules in monitoring/prometheus/rules: %v", err)
	}
	if err := os.Mkdir(filepath.Join(folder, "rules"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, rule := range rules {
		sooner(rule, filepath.Join("rules", filepath.Base(rule)), `(for: )\d+[mh]`, "${1}2s")
	}
	readable(t, folder)
	mounts = append(mounts, folder+"/prometheus.yml:/etc/prometheus/prometheus.yml:ro", folder+"/rules:/etc/prometheus/rules:ro")
	return "services:\n  prometheus:\n    volumes:\n      - " + strings.Join(mounts, "\n      - ") + "\n"
}

// readable lets everybody read a folder: the programs in the containers are others.
func readable(t *testing.T, folder string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		mode := os.FileMode(0o644)
		if d.IsDir() {
			mode = 0o755
		}
		return os.Chmod(path, mode)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// up makes the stack what the variables and arguments say.
func (p *project) up(t *testing.T, args ...string) {
	t.Helper()
	p.run(t, slices.Concat([]string{"up", "--detach"}, args, services)...)
}

func (p *project) comesUp(t *testing.T) {
	p.up(t, "--build")
	p.isReady(t)
}

// isReady waits until the front door leads to a replica, and all checks say healthy.
func (p *project) isReady(t *testing.T) {
	t.Helper()
	await(t, "the stack is ready", func() (any, bool) {
		r, err := p.ask("API_PORT", "/ready", "")
		return fmt.Sprint(r, err), err == nil && r.status == 200
	})
	await(t, "all health checks say healthy", func() (any, bool) {
		var unwell []string
		for _, service := range services {
			for _, id := range p.containers(t, service) {
				if state := p.docker(t, "inspect", "--format", "{{.State.Health.Status}}", id); state != "healthy" {
					unwell = append(unwell, service+" "+state)
				}
			}
		}
		return unwell, len(unwell) == 0
	})
}

// confinement is what the engine was told of a container.
const confinement = "{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}} {{.HostConfig.PidsLimit}} {{.HostConfig.ReadonlyRootfs}} " +
	"{{.HostConfig.CapDrop}} {{.HostConfig.SecurityOpt}} {{.HostConfig.RestartPolicy.Name}} {{.Config.User}}"

// isConfined looks at what the engine has really set: compose leaves out silently what
// it does not know.
func (p *project) isConfined(t *testing.T) {
	// Of what sees the processes of the machine, the engine takes the SELinux label away.
	want := regexp.MustCompile(`^[1-9]\d+ [1-9]\d+ 256 true \[ALL\] \[no-new-privileges:true( label=disable)?\] unless-stopped (65532:65532|101:101|postgres|nobody)$`)
	for _, service := range services {
		for _, id := range p.containers(t, service) {
			if got := p.docker(t, "inspect", "--format", confinement, id); !want.MatchString(got) {
				t.Errorf("%s runs with %s, want %s", service, got, want)
			}
		}
	}
}

// takesTraffic asks through nginx as clients do.
func (p *project) takesTraffic(t *testing.T) {
	vm := `{"cpu_load": 75, "memory_usage": 68, "disk_io": 120, "network_bandwidth": 1000}`
	predicted := p.answers(t, 200, "/predict", vm, "X-Request-Id", "move-17")
	if id := predicted.header.Get("X-Request-Id"); id != "move-17" {
		t.Errorf("the id of the request came back as %q", id)
	}
	outcome := fmt.Sprintf(`{"prediction_id": %q, "downtime_ms": 171, "total_time_ms": 8300, "status": "completed", "group": "web-1"}`, predicted.field("prediction_id"))
	p.answers(t, 201, "/migrations", outcome)
	p.remembers(t)
	p.answers(t, 200, "/predict/batch", "["+vm+","+vm+"]")
	p.answers(t, 422, "/predict", `{"cpu_load": 101, "memory_usage": 68}`)
	p.answers(t, 200, "/docs", "")

	large := p.answers(t, 413, "/predict", strings.Repeat(" ", 1<<20+1))
	if form := large.header.Get("Content-Type"); form != "application/problem+json" || large.field("status") != 413.0 {
		t.Errorf("a body that is too large is answered with %s: %s", form, large.text)
	}
	row := vm + strings.Repeat(" ", 64<<10) + "\n"
	p.answers(t, 200, "/predict/batch", strings.Repeat(row, 40), "Content-Type", "application/x-ndjson") // more than /predict takes
}

// remembers asks for what was recorded often enough to have asked every replica.
func (p *project) remembers(t *testing.T) {
	t.Helper()
	for range 20 {
		listed := p.answers(t, 200, "/migrations", "")
		if all, _ := listed.field("migrations").([]any); len(all) != 1 {
			t.Fatalf("one migration was recorded, and a replica knows %s", listed.text)
		}
	}
}

// leavesNothing takes the stack down.
func (p *project) leavesNothing(t *testing.T) {
	if len(p.left(t)) == 0 {
		t.Fatal("nothing is there before: the test would pass on anything")
	}
	p.run(t, "down", "--volumes")
	if left := p.left(t); len(left) > 0 {
		t.Errorf("docker compose down -v leaves %v", left)
	}
}
