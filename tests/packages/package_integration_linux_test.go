//go:build integration

package packages

import (
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// The package has every file where Debian has it, of root and readable by all, but for
// the one that is for passwords.
func (r release) debianPackage(t *testing.T) {
	found := contents(output(t, "dpkg-deb", "--contents", r.packagePath()))
	want := map[string]string{
		"./usr/bin/vmmp":                                  "-rwxr-xr-x root/root 2025-11-25",
		"./etc/default/vmmp":                              "-rw-r----- root/root 2025-11-25",
		"./etc/vmmp/vmmp.yaml":                            "",
		"./usr/lib/systemd/system/vmmp.service":           "",
		"./usr/share/bash-completion/completions/vmmp":    "",
		"./usr/share/zsh/vendor-completions/_vmmp":        "",
		"./usr/share/fish/vendor_completions.d/vmmp.fish": "",
		"./usr/share/man/man1/vmmp-predict.1.gz":          "",
		"./usr/share/man/man5/vmmp.yaml.5.gz":             "",
		"./usr/share/doc/vmmp/docs/reference.md":          "",
		"./usr/share/doc/vmmp/copyright":                  "",
		"./usr/share/doc/vmmp/changelog.gz":               "",
		"./usr/share/doc/vmmp/CHANGELOG.md.gz":            "",
		"./usr/share/doc/vmmp/LICENSES-OF-OTHERS.gz":      "",
	}
	for name := range want {
		if found[name] == "" {
			t.Errorf("no %s in the package", name)
		}
	}
	for name, is := range found {
		if want[name] == "" {
			want[name] = "-rw-r--r-- root/root 2025-11-25"
		}
		if is != want[name] {
			t.Errorf("%s is %q, want %q", name, is, want[name])
		}
	}
	for field, want := range map[string]string{"Package": "vmmp", "Version": releaseDebian, "Architecture": runtime.GOARCH, "Depends": ""} {
		if got := output(t, "dpkg-deb", "--field", r.packagePath(), field); got != want {
			t.Errorf("%s: %q, want %q", field, got, want)
		}
	}
}

// All pages of the package are well-formed and can be shown.
func (r release) man(t *testing.T) {
	root := t.TempDir()
	output(t, "dpkg-deb", "--extract", r.packagePath(), root)
	pages, err := filepath.Glob(root + "/usr/share/man/man?/*.gz")
	if err != nil || len(pages) < 10 {
		t.Fatalf("%d manual pages, %v", len(pages), err)
	}
	for _, page := range pages {
		if told := output(t, "mandoc", "-T", "lint", "-W", "warning", page); told != "" {
			t.Error(told)
		}
		name := strings.Split(filepath.Base(page), ".")[0]
		if shown := output(t, "man", "--warnings", "--no-justification", "--local-file", page); !strings.Contains(shown, name+" - ") && !strings.Contains(shown, name+".yaml - ") {
			t.Errorf("man shows of %s:\n%s", page, shown)
		}
	}
}

// bash completes commands, flags and the values of flags with what the package brings.
func (r release) completion(t *testing.T) {
	root := t.TempDir()
	output(t, "dpkg-deb", "--extract", r.packagePath(), root)
	const complete = `
compopt() { :; } # is for who presses the key
. /usr/share/bash-completion/bash_completion
. "$1/usr/share/bash-completion/completions/vmmp"
PATH="$1/usr/bin:$PATH"
COMP_LINE=$2 COMP_POINT=${#2} COMP_TYPE=9 COMP_KEY=9
read -ra COMP_WORDS <<<"$2"
[[ $2 != *" " ]] || COMP_WORDS+=("")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
complete -p vmmp | grep -q -- '-F __start_vmmp' && __start_vmmp
printf '%s\n' "${COMPREPLY[@]%% *}"`
	for typed, want := range map[string]string{
		"vmmp sim":                      "simulate",
		"vmmp simulate --scenario ":     "cpu-stress memory-stress disk-stress idle-web database memory-bomb slow-wan evacuation",
		"vmmp simulate --scenario data": "database",
		"vmmp predict --max":            "--max-downtime",
		"vmmp predict --output ":        "text json csv ndjson",
		"vmmp completion f":             "fish",
	} {
		c := exec.Command("bash", "--norc", "-c", complete, "complete", root, typed)
		out, err := c.CombinedOutput()
		if got := strings.Join(strings.Fields(string(out)), " "); err != nil || got != want {
			t.Errorf("%q is completed to %q (%v), want %q", typed, got, err, want)
		}
	}
}

// The package goes in, over itself and out again as an administrator expects: nothing
// listens unasked, what runs is replaced, what was observed stays.
func (r release) install(t *testing.T) {
	m := r.installed(t)
	if told := m.run(t, "dpkg", "--verify", "vmmp"); told != "" {
		t.Errorf("dpkg --verify: %s", told)
	}
	if told := m.run(t, "vmmp", "version"); !strings.HasPrefix(told, "vmmp "+releaseVersion+" ") {
		t.Errorf("the program says it is %s", told)
	}
	if path := m.run(t, "man", "--path", "vmmp-predict"); path != "/usr/share/man/man1/vmmp-predict.1.gz" {
		t.Errorf("the manual page is %s", path)
	}
	enabled, _ := m.command("systemctl", "is-enabled", "vmmp").Output()
	if state := m.show(t, "vmmp", "ActiveState"); string(enabled) != "disabled\n" || state != "inactive" {
		t.Errorf("once installed the service is %s, %s", enabled, state)
	}
	m.run(t, "systemctl", "enable", "--now", "vmmp")
	m.get(t, "http://localhost:8001/migrations", "--json", oneMigration)
	before := m.show(t, "vmmp", "MainPID")
	m.write(t, "/etc/vmmp/vmmp.yaml", "log: {level: debug}\n")
	m.run(t, "dpkg", "--install", "--force-confold", packageInside)
	m.get(t, "http://localhost:8001/health")
	if after := m.show(t, "vmmp", "MainPID"); after == before || after == "0" {
		t.Errorf("process %s serves after the update, %s before", after, before)
	}
	if kept := m.run(t, "cat", "/etc/vmmp/vmmp.yaml"); kept != "log: {level: debug}" {
		t.Errorf("the update has left a configuration of %q", kept)
	}
	m.run(t, "dpkg", "--purge", "vmmp")
	if left := m.run(t, "find", "/etc", "/usr", "-path", "/usr/local", "-prune", "-o", "-regex", `.*/_?vmmp\(\..*\|-.*\.gz\)?`, "-print"); left != "" {
		t.Errorf("after a purge there is left:\n%s", left)
	}
	m.run(t, "test", "-s", "/var/lib/vmmp/history.db")
	if state := m.show(t, "vmmp", "ActiveState"); state != "inactive" {
		t.Errorf("after a purge the service is %s", state)
	}
}
