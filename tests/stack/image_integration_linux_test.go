//go:build integration

package stack

import (
	"archive/tar"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// goImage is the image that the Dockerfile builds with.
func goImage(t *testing.T) string { return "golang:" + goVersion(t) + "-bookworm" }

// buildImage builds the image of this tree under a tag, which is its version, too.
func buildImage(t *testing.T, e *engine, tag string) (image string) {
	t.Helper()
	e.standFor(t, goImage(t))
	image = "vmmp:" + tag
	args := []string{
		"build", "--build-arg", "VERSION=" + tag, "--build-arg", "REVISION=0123abc", "--build-arg", "SOURCE=https://example.org/vmmp",
		"--build-arg", "GOPROXY=" + e.goProxy(t),
	}
	for _, stage := range []struct {
		name   string
		target []string
	}{{"vmmp-build:" + tag, []string{"--target", "build"}}, {image, nil}} {
		e.docker(t, slices.Concat(args, stage.target, []string{"--tag", stage.name, "."})...)
		e.forget(t, stage.name)
		e.forget(t, e.docker(t, "image", "inspect", "--format", "{{.Id}}", stage.name)) // the name may go to another
	}
	return image
}

// forget removes an image when the test ends.
func (e *engine) forget(t *testing.T, image string) {
	t.Cleanup(func() {
		if e.has(image) {
			e.docker(t, "image", "rm", "--force", image)
		}
	})
}

// goProxy is where modules come from while the image is built.
func (e *engine) goProxy(t *testing.T) string {
	t.Helper()
	comment := e.docker(t, "image", "inspect", "--format", "{{.Comment}}", goImage(t))
	if strings.HasPrefix(comment, "Imported from") { // it stands in: see standFor
		return "file://" + goProxy
	}
	return printed(t, exec.Command("go", "env", "GOPROXY"))
}

// imageConfig is what the test reads of an image.
type imageConfig struct {
	Size   int64
	Config struct {
		User, WorkingDir      string
		Entrypoint, Cmd, Env  []string
		Labels                map[string]string
		Volumes, ExposedPorts map[string]struct{}
		Healthcheck           struct{ Test []string }
	}
}

// mostBytes is what the image may take.
const mostBytes = 40e6

// isWhatItShouldBe looks at the image and at what is in it.
func (e *engine) isWhatItShouldBe(t *testing.T, image, tag string) {
	e.describes(t, image, tag)
	files := e.files(t, image)
	holdsTheProgramAlone(t, files)
	if here := e.builtHere(t, tag); here != files["usr/bin/vmmp"].sum {
		t.Errorf("the binary in the image has the SHA-256 %s, that of the same sources built here %s", files["usr/bin/vmmp"].sum, here)
	}
	e.answersCommands(t, image, tag)
}

// describes checks what the image says of itself.
func (e *engine) describes(t *testing.T, image, tag string) {
	t.Helper()
	var found []imageConfig
	if err := json.Unmarshal([]byte(e.docker(t, "image", "inspect", image)), &found); err != nil {
		t.Fatal(err)
	}
	t.Logf("%s takes %d bytes", image, found[0].Size)
	if found[0].Size > mostBytes {
		t.Errorf("the image takes %d bytes, more than %g", found[0].Size, mostBytes)
	}
	c := found[0].Config
	_, keeps := c.Volumes["/var/lib/vmmp"]
	_, listens := c.ExposedPorts["8001/tcp"]
	for what, holds := range map[string]bool{
		"user":         c.User == "65532:65532",
		"folder":       c.WorkingDir == "/var/lib/vmmp" && keeps,
		"port":         listens,
		"command":      slices.Equal(c.Entrypoint, []string{"vmmp"}) && slices.Equal(c.Cmd, []string{"serve"}),
		"health check": slices.Equal(c.Healthcheck.Test, []string{"CMD", "vmmp", "health"}),
		"environment":  slices.Contains(c.Env, "XDG_STATE_HOME=/var/lib"),
	} {
		if !holds {
			t.Errorf("%s: %+v", what, c)
		}
	}
	for label, want := range map[string]string{
		"title": "vmmp", "version": tag, "revision": "0123abc", "source": "https://example.org/vmmp", "licenses": "MIT",
		"description": "Predicts the downtime of a live migration before it starts",
	} {
		if got := c.Labels["org.opencontainers.image."+label]; got != want {
			t.Errorf("label %s is %q, want %q", label, got, want)
		}
	}
}

// packed is a file or folder of an image.
type packed struct {
	header tar.Header
	sum    string // SHA-256 of a file
}

// files are those of the image, by their paths.
func (e *engine) files(t *testing.T, image string) map[string]packed {
	t.Helper()
	container := e.docker(t, "create", image)
	defer e.docker(t, "rm", "--volumes", container)
	export := e.command("export", container)
	archive, err := export.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := export.Start(); err != nil {
		t.Fatal(err)
	}
	found, err := unpack(archive)
	if err = errors.Join(err, export.Wait()); err != nil {
		t.Fatal(err)
	}
	return found
}

func unpack(archive io.Reader) (map[string]packed, error) {
	found := map[string]packed{}
	for r := tar.NewReader(archive); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return found, nil
		}
		if err != nil {
			return nil, err
		}
		digest := sha256.New()
		if _, err := io.Copy(digest, r); err != nil {
			return nil, err
		}
		found[strings.TrimSuffix(h.Name, "/")] = packed{*h, hex.EncodeToString(digest.Sum(nil))}
	}
}

// holdsTheProgramAlone looks for what does not belong into the image: another program,
// or a place that its user may write to.
func holdsTheProgramAlone(t *testing.T, files map[string]packed) {
	var full, writable []string
	for name, f := range files {
		if f.header.Typeflag == tar.TypeReg && f.header.Size > 0 {
			full = append(full, name)
		}
		mine := f.header.Uid == 65532 || f.header.Mode&0o002 != 0
		if mine && f.header.Typeflag != tar.TypeSymlink {
			writable = append(writable, fmt.Sprintf("%s %04o", name, f.header.Mode&0o7777))
		}
	}
	slices.Sort(full)
	slices.Sort(writable)
	if want := []string{"etc/ssl/certs/ca-certificates.crt", "usr/bin/vmmp", "usr/share/doc/vmmp/LICENSE"}; !slices.Equal(full, want) {
		t.Errorf("the image holds %v, want %v", full, want)
	}
	if want := []string{"tmp 1777", "var/lib/vmmp 0755"}; !slices.Equal(writable, want) {
		t.Errorf("its user may write to %v, want %v", writable, want)
	}
	if f := files["usr/bin/vmmp"].header; f.Mode&0o7777 != 0o755 || f.Uid != 0 {
		t.Errorf("the program has mode %o and owner %d: %v", f.Mode, f.Uid, slices.Sorted(maps.Keys(files)))
	}
}

// builtHere is the SHA-256 of what make build makes of this tree, with the version of Go
// that built the image.
func (e *engine) builtHere(t *testing.T, tag string) string {
	t.Helper()
	toolchain := e.docker(t, "run", "--rm", goImage(t), "go", "env", "GOVERSION")
	path := filepath.Join(t.TempDir(), "vmmp")
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w -X vmmp/cmd.version="+tag, "-o", path, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOTOOLCHAIN="+toolchain)
	printed(t, build)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// answersCommands runs commands in the image as anybody would, and as the stack does.
func (e *engine) answersCommands(t *testing.T, image, tag string) {
	run := func(args ...string) string {
		return e.docker(t, append([]string{"run", "--rm", "--read-only", "--cap-drop=ALL", "--network=none", image}, args...)...)
	}
	if told := run("version"); !strings.Contains(told, tag) {
		t.Errorf("vmmp version tells %q, not %s", told, tag)
	}
	if told := run("predict", "--cpu", "75", "--mem", "68"); !strings.HasPrefix(told, "Predicted downtime ") {
		t.Errorf("vmmp predict tells %q", told)
	}
	// What is written stays where the user may write: in the volume.
	if told := run("train", "--samples", "200", "--trees", "5", "--out", "mine.vmmp"); !strings.Contains(told, "mine.vmmp") {
		t.Errorf("vmmp train tells %q", told)
	}
	unwell := e.command("run", "--rm", "--network=none", image, "health")
	told, err := unwell.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(string(told), "unhealthy: http://127.0.0.1:8001/ready does not answer") {
		t.Errorf("vmmp health without a server: %v: %s", err, told)
	}
}
