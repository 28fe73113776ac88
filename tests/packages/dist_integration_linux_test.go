//go:build integration

// Package packages tests what `make dist` makes, from the sums to the service on a machine
// with a systemd of its own.
package packages

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vmmp/tests/document"
)

// release is a folder that `make dist` filled, for the platform of this machine.
type release string

// The version and the date that the tests release.
const (
	releaseVersion = "v1.2.3-4-gabc"
	releaseDebian  = "1.2.3+4+gabc"
	releaseDate    = "1764072000" // 2025-11-25 12:00 UTC
)

// mostProgramBytes is what the program may come to.
const mostProgramBytes = 37_000_000

// TestDist makes a release, which takes half a minute, and looks at it from all sides.
func TestDist(t *testing.T) {
	r := makeRelease(t, document.Top, t.TempDir(), "022")
	t.Run("Sums", r.sums)
	t.Run("Again", r.again)
	t.Run("Tarball", r.tarball)
	t.Run("Package", r.debianPackage)
	t.Run("Man", r.man)
	t.Run("Completion", r.completion)
	t.Run("Install", r.install)
	t.Run("Service", r.service)
	t.Run("Restart", r.restart)
	t.Run("Exposure", r.exposure)
}

// makeRelease makes a release of the sources under a umask, with variables over those
// of this process.
func makeRelease(t *testing.T, sources, folder, umask string, variables ...string) release {
	t.Helper()
	c := exec.Command("sh", "-c", `umask "$0" && exec "$@"`, umask, "make", "dist", "DIST="+folder, "VERSION="+releaseVersion, "SOURCE_DATE_EPOCH="+releaseDate, "PLATFORMS=linux/"+runtime.GOARCH)
	c.Dir = sources
	c.Env = append(os.Environ(), variables...)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("make dist: %v\n%s", err, out)
	}
	return release(folder)
}

func (r release) tarballPath() string {
	return filepath.Join(string(r), "vmmp_"+releaseVersion+"_linux_"+runtime.GOARCH+".tar.gz")
}

func (r release) packagePath() string {
	return filepath.Join(string(r), "vmmp_"+releaseDebian+"_"+runtime.GOARCH+".deb")
}

// text is what stands in a file.
func text(t *testing.T, path string) string {
	t.Helper()
	read, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(read)
}

// output is what a command prints that has to succeed.
func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	c := exec.Command(name, args...)
	c.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC")
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v: %s", name, strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

// The sums are right, and of all that there is.
func (r release) sums(t *testing.T) {
	files, err := filepath.Glob(string(r) + "/*")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{r.packagePath(), r.tarballPath(), string(r) + "/SHA256SUMS"}
	slices.Sort(want)
	if diff := cmp.Diff(want, files); diff != "" {
		t.Error(diff)
	}
	c := exec.Command("sha256sum", "--check", "--strict", "SHA256SUMS")
	c.Dir = string(r)
	if out, err := c.CombinedOutput(); err != nil || strings.Count(string(out), ": OK\n") != 2 {
		t.Errorf("%v: %s", err, out)
	}
}

// Other sources of the same content, elsewhere and later, for another user with
// another umask, give the same bytes.
func (r release) again(t *testing.T) {
	copied := t.TempDir()
	output(t, "bash", "-c", `umask 077; cd ../.. && tar c --exclude=./.git --exclude=./bin --exclude=./dist --exclude=./.ci/kernel \
		--exclude=node_modules . | tar x --no-same-permissions -C "$0"`, copied)
	s := makeRelease(t, copied, t.TempDir(), "077", "TZ=Asia/Tokyo", "LANG=C.UTF-8", "USER=somebody", "XDG_CONFIG_HOME=/elsewhere")
	if diff := cmp.Diff(text(t, string(r)+"/SHA256SUMS"), text(t, string(s)+"/SHA256SUMS")); diff != "" {
		t.Error(diff)
	}
}

// contents are the entries of a listing in the form of tar -tv: mode, owner and name,
// without the folders.
func contents(listing string) map[string]string {
	all := map[string]string{}
	for line := range strings.SplitSeq(listing, "\n") {
		if f := strings.Fields(line); len(f) == 6 && f[0][0] != 'd' {
			all[f[5]] = f[0] + " " + f[1] + " " + f[3]
		}
	}
	return all
}

func (r release) tarball(t *testing.T) {
	root := strings.TrimSuffix(filepath.Base(r.tarballPath()), ".tar.gz") + "/"
	found := contents(output(t, "tar", "--numeric-owner", "-tvzf", r.tarballPath()))
	for _, name := range []string{
		"LICENSE", "LICENSES-OF-OTHERS", "README.md", "docs/reference.md", "CHANGELOG.md", "vmmp.yaml", "systemd/vmmp.service", "systemd/vmmp.default", "man/vmmp.1",
		"man/vmmp.yaml.5", "completions/vmmp.bash", "completions/_vmmp", "completions/vmmp.fish", "completions/vmmp.ps1",
	} {
		if got := found[root+name]; got != "-rw-r--r-- 0/0 2025-11-25" {
			t.Errorf("%s is %q in the tarball", name, got)
		}
	}
	if got := found[root+"vmmp"]; got != "-rwxr-xr-x 0/0 2025-11-25" {
		t.Errorf("the program is %q in the tarball", got)
	}
	folder := t.TempDir()
	output(t, "tar", "-xzf", r.tarballPath(), "-C", folder)
	if told := output(t, filepath.Join(folder, root, "vmmp"), "version"); !strings.HasPrefix(told, "vmmp "+releaseVersion+" ") {
		t.Errorf("the program says it is %s", told)
	}
	info, err := os.Stat(filepath.Join(folder, root, "vmmp"))
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > mostProgramBytes {
		t.Errorf("the program has %d bytes, want at most %d", info.Size(), mostProgramBytes)
	}
	licensed(t, filepath.Join(folder, root))
}

// licensed fails the test unless the folder of a tarball has those of all that is in
// its program.
func licensed(t *testing.T, folder string) {
	t.Helper()
	others := text(t, filepath.Join(folder, "LICENSES-OF-OTHERS"))
	modules := regexp.MustCompile(`(?m)^\tdep\t(\S+)\t(\S+)`).FindAllStringSubmatch(output(t, "go", "version", "-m", filepath.Join(folder, "vmmp")), -1)
	if len(modules) < 10 {
		t.Errorf("found only %d modules in the program", len(modules))
	}
	for _, m := range append(modules, []string{"", "Go", runtime.Version()}) {
		if !strings.Contains(others, "\n==== "+m[1]+" "+m[2]+": ") {
			t.Errorf("no licence of %s %s", m[1], m[2])
		}
	}
}

// A release of something that has no name or date is refused, and nothing is made.
func TestDistRefuses(t *testing.T) {
	for _, c := range []struct{ version, date, told string }{
		{"", releaseDate, "VERSION is ''"},
		{"feature/x", releaseDate, "VERSION is 'feature/x'"},
		{"v1 2", releaseDate, "VERSION is 'v1 2'"},
		{releaseVersion, "", "SOURCE_DATE_EPOCH is ''"},
		{releaseVersion, "today", "SOURCE_DATE_EPOCH is 'today'"},
	} {
		folder := filepath.Join(t.TempDir(), "dist")
		dist := exec.Command(document.Top+"/.ci/dist", folder)
		dist.Env = append(os.Environ(), "VERSION="+c.version, "SOURCE_DATE_EPOCH="+c.date)
		out, err := dist.CombinedOutput()
		if code := dist.ProcessState.ExitCode(); code != 2 || !strings.HasPrefix(string(out), "dist: "+c.told) {
			t.Errorf("version %q, date %q: exit %d (%v), told %s", c.version, c.date, code, err, out)
		}
		if _, err := os.Stat(folder); err == nil {
			t.Errorf("version %q, date %q: %s was made", c.version, c.date, folder)
		}
	}
}
