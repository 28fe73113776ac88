package stack

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// composeFile is what the tests read of a compose file.
type composeFile struct {
	Services map[string]composeService
	Volumes  map[string]any
}

type composeService struct {
	Image         string
	Build         any
	Extends       struct{ File, Service string }
	ContainerName string `yaml:"container_name"`
	User          string
	Volumes       []string
	Ports         []string
	Environment   map[string]string
	Restart       string
	ReadOnly      bool     `yaml:"read_only"`
	CapDrop       []string `yaml:"cap_drop"`
	MemLimit      string   `yaml:"mem_limit"`
	CPUs          string   `yaml:"cpus"`
	Deploy        any
	Healthcheck   struct{ Test []string }
}

func readCompose(t *testing.T, path string) composeFile {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var c composeFile
	if err := yaml.Unmarshal(text, &c); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if len(c.Services) == 0 {
		t.Fatalf("%s has no services", path)
	}
	return c
}

// composeImages are the images of services that are not built.
func composeImages(t *testing.T, path string, services []string) []string {
	t.Helper()
	var images []string
	for name, s := range readCompose(t, path).Services {
		if slices.Contains(services, name) && s.Build == nil {
			images = append(images, s.Image)
		}
	}
	return images
}

// The stack has the services that are promised, each of them limited, checked and
// restarted, and those that scale have nothing that only one can have.
func TestComposeServices(t *testing.T) {
	c := readCompose(t, "docker-compose.yml")
	for _, name := range []string{"api", "stress-simulator", "nginx", "prometheus", "grafana", "node-exporter", "postgres"} {
		s, ok := c.Services[name]
		if !ok {
			t.Errorf("docker-compose.yml has no service %s", name)
			continue
		}
		switch {
		case s.ContainerName != "":
			t.Errorf("%s has the name %s, which two cannot have", name, s.ContainerName)
		case s.MemLimit == "" || s.CPUs == "" || s.Deploy != nil:
			t.Errorf("%s: limits %q, %q and deploy %v: docker-compose 1.29 heeds mem_limit and cpus alone", name, s.MemLimit, s.CPUs, s.Deploy)
		case s.Restart != "unless-stopped" || !slices.Equal(s.CapDrop, []string{"ALL"}):
			t.Errorf("%s: restart %q, cap_drop %v", name, s.Restart, s.CapDrop)
		case s.ReadOnly == (name == "grafana"):
			t.Errorf("%s: read_only is %v", name, s.ReadOnly)
		case s.Healthcheck.Test == nil && name != "api": // its check is the image's
			t.Errorf("%s has no health check", name)
		}
	}
	for _, name := range []string{"api", "stress-simulator", "postgres"} {
		if ports := c.Services[name].Ports; len(ports) > 0 {
			t.Errorf("%s has ports of the machine, %v, which two cannot have", name, ports)
		}
	}
}

// Ports are open to this machine alone, unless somebody says otherwise.
func TestComposePorts(t *testing.T) {
	c := readCompose(t, "docker-compose.yml")
	for name, want := range map[string]string{
		"nginx":         "${BIND_ADDRESS:-127.0.0.1}:${API_PORT:-8001}:8001",
		"prometheus":    "${BIND_ADDRESS:-127.0.0.1}:${PROMETHEUS_PORT:-9090}:9090",
		"grafana":       "${BIND_ADDRESS:-127.0.0.1}:${GRAFANA_PORT:-3000}:3000",
		"node-exporter": "${BIND_ADDRESS:-127.0.0.1}:${NODE_EXPORTER_PORT:-9100}:9100",
	} {
		if got := c.Services[name].Ports; !slices.Equal(got, []string{want}) {
			t.Errorf("%s has the ports %q, want %q", name, got, want)
		}
	}
}

// Every password is the user's own or the one that is documented, and every variable is
// explained at the top of the file.
func TestComposeVariables(t *testing.T) {
	text, err := os.ReadFile("docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(string(text), "\nx-image:")
	for _, v := range regexp.MustCompile(`\$\{([A-Z_]+)(?::-([^}]*))?\}`).FindAllStringSubmatch(string(text), -1) {
		name, fallback := v[1], v[2]
		if strings.HasSuffix(name, "PASSWORD") && fallback != "vmmp-local" {
			t.Errorf("%s is %q by default", name, fallback)
		}
		documented, _, _ := strings.Cut(name, "BUSINESS")
		if !strings.Contains(head, documented) && name != "GOPROXY" {
			t.Errorf("the head of docker-compose.yml does not explain %s", name)
		}
	}
}

// What is mounted is there, and every named volume is declared.
func TestComposeMounts(t *testing.T) {
	for _, path := range []string{"docker-compose.yml", "monitoring/docker-compose.yml"} {
		c := readCompose(t, path)
		for name, s := range c.Services {
			for _, mount := range s.Volumes {
				source, _, _ := strings.Cut(mount, ":")
				if strings.HasPrefix(source, ".") {
					if _, err := os.Stat(filepath.Join(filepath.Dir(path), source)); err != nil {
						t.Errorf("%s mounts in %s: %v", path, name, err)
					}
				} else if _, declared := c.Volumes[source]; !declared && !strings.HasPrefix(source, "/") {
					t.Errorf("%s mounts in %s the volume %s, which it does not declare", path, name, source)
				}
			}
		}
	}
}

// The monitoring alone is that of the stack: each service is taken from there.
func TestComposeMonitoring(t *testing.T) {
	whole, part := readCompose(t, "docker-compose.yml"), readCompose(t, "monitoring/docker-compose.yml")
	for _, name := range []string{"prometheus", "grafana", "node-exporter"} {
		s := part.Services[name]
		if s.Extends.File != "../docker-compose.yml" || s.Extends.Service != name || s.ContainerName != "" {
			t.Errorf("monitoring/docker-compose.yml: %s is %+v", name, s)
		}
		for _, mount := range whole.Services[name].Volumes {
			volume, _, _ := strings.Cut(mount, ":")
			if _, declared := part.Volumes[volume]; !declared && !strings.ContainsAny(volume, "./") {
				t.Errorf("monitoring/docker-compose.yml does not declare the volume %s of %s", volume, name)
			}
		}
	}
	if len(part.Services) != 3 {
		t.Errorf("monitoring/docker-compose.yml has %d services", len(part.Services))
	}
}

// The stack relies on what the Dockerfile says: the user, the volume, the flags of make.
func TestDockerfile(t *testing.T) {
	text, err := os.ReadFile("Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"USER 65532:65532", "VOLUME /var/lib/vmmp", "WORKDIR /var/lib/vmmp", "ENV XDG_STATE_HOME=/var/lib", "EXPOSE 8001",
		"FROM golang:" + goVersion(t) + "-bookworm AS build", "FROM scratch", `ENTRYPOINT ["vmmp"]`, `CMD ["serve"]`,
	} {
		if !strings.Contains(string(text), "\n"+line+"\n") {
			t.Errorf("Dockerfile has no line %q", line)
		}
	}
	api := readCompose(t, "docker-compose.yml").Services["api"]
	if !slices.Equal(api.Volumes, []string{"models:/var/lib/vmmp"}) || api.User != "" {
		t.Errorf("api mounts %v as %q: the image's folder is /var/lib/vmmp, of its own user", api.Volumes, api.User)
	}
	makefile, err := os.ReadFile("Makefile")
	if err != nil {
		t.Fatal(err)
	}
	for _, flags := range []string{"-trimpath -buildvcs=false", "-s -w", "-X vmmp/cmd.version="} {
		if !strings.Contains(string(text), flags) || !strings.Contains(string(makefile), flags) {
			t.Errorf("make build and the Dockerfile do not both build with %s", flags)
		}
	}
}

// goVersion is the version of Go that go.mod asks for, without its last part.
func goVersion(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindSubmatch(text)
	if found == nil {
		t.Fatal("go.mod names no version of Go")
	}
	return string(found[1])
}
