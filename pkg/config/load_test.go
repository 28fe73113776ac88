package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// file writes a configuration file and answers its path.
func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vmmp.yaml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// load reads a configuration that has no fault.
func load(t *testing.T, o Options) *Loaded {
	t.Helper()
	got, err := Load(o)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// faults reads a configuration that has some.
func faults(t *testing.T, o Options) []string {
	t.Helper()
	got, err := Load(o)
	if err == nil {
		t.Fatalf("no fault, but %+v", got)
	}
	return strings.Split(err.Error(), "\n")
}

// samples are three values of a key, each other than the one before it and the
// first other than the default.
func samples(k *Key) [3]string {
	switch v := k.at(new(Config)).(type) {
	case duration:
		return [3]string{"1s", "2s", "3s"}
	case count, price:
		return [3]string{"1", "2", "3"}
	case level:
		return [3]string{"debug", "warn", "error"}
	case choice:
		return [3]string{v.of[1], v.of[2], v.of[0]}
	}
	return [3]string{":1001", ":1002", ":1003"}
}

// nested is a file that sets one key.
func nested(k *Key, value string) string {
	line := fmt.Sprintf("%s: %q\n", strings.TrimPrefix(k.Name, k.section()+"."), value)
	if k.section() == "" {
		return line
	}
	return k.section() + ":\n  " + line
}

// Each key, set on each set of layers, is what the highest of them says, and
// nothing else changes.
func TestPrecedenceOfEveryKey(t *testing.T) {
	for i := range Keys {
		k := &Keys[i]
		t.Run(k.Name, func(t *testing.T) {
			value := samples(k)
			path := file(t, nested(k, value[0]))
			for layers := range 8 {
				o := Options{File: file(t, ""), Getenv: environ(nil)}
				want, set := Default(), ""
				if layers&1 != 0 {
					o.File, set = path, value[0]
				}
				if layers&2 != 0 {
					o.Getenv, set = environ(map[string]string{k.Env(): value[1]}), value[1]
				}
				if layers&4 != 0 {
					o.Flags, set = map[string]string{k.Name: value[2]}, value[2]
				}
				if layers > 0 {
					if err := k.at(&want).set(set); err != nil {
						t.Fatal(err)
					}
				}
				if diff := cmp.Diff(want, load(t, o).Config); diff != "" {
					t.Errorf("layers %03b:\n%s", layers, diff)
				}
			}
		})
	}
}

// Each key without a value in the file or the environment keeps its default.
func TestEmptyIsNotSet(t *testing.T) {
	for i := range Keys {
		k := &Keys[i]
		blank := strings.Replace(nested(k, ""), `""`, "", 1)
		got := load(t, Options{File: file(t, blank), Getenv: environ(map[string]string{k.Env(): ""})})
		if diff := cmp.Diff(Default(), got.Config); diff != "" {
			t.Errorf("%s:\n%s", k.Name, diff)
		}
	}
}

// On the command line and between quotes empty is a value: it undoes what lies
// below.
func TestEmptyTextIsAValue(t *testing.T) {
	path := file(t, `model: ""`)
	env := environ(map[string]string{"VMMP_HISTORY": "h.db"})
	got := load(t, Options{File: path, Getenv: env, Flags: map[string]string{"history": ""}})
	if got.Model != "" || got.History != "" {
		t.Errorf("model %q, history %q, want both empty", got.Model, got.History)
	}
}

func TestAddressOfTheEnvironment(t *testing.T) {
	for name, c := range map[string]struct {
		env, flags map[string]string
		want       string
	}{
		"host":            {env: map[string]string{"API_HOST": "127.0.0.1"}, want: "127.0.0.1:8001"},
		"port":            {env: map[string]string{"API_PORT": "9000"}, want: ":9000"},
		"both":            {env: map[string]string{"API_HOST": "vm.example", "API_PORT": "9000"}, want: "vm.example:9000"},
		"IPv6":            {env: map[string]string{"API_HOST": "::1"}, want: "[::1]:8001"},
		"brackets":        {env: map[string]string{"API_HOST": "[::1]", "API_PORT": "0"}, want: "[::1]:0"},
		"zone":            {env: map[string]string{"API_HOST": "fe80::1%eth0"}, want: "[fe80::1%eth0]:8001"},
		"VMMP_ADDR":       {env: map[string]string{"API_PORT": "9000", "VMMP_ADDR": ":9001"}, want: ":9001"},
		"flag":            {env: map[string]string{"API_PORT": "9000"}, flags: map[string]string{"addr": ":9002"}, want: ":9002"},
		"neither":         {env: map[string]string{}, want: ":7000"},
		"shadowed faults": {env: map[string]string{"API_PORT": "tcp://10.0.0.1:80", "VMMP_ADDR": ":9001"}, want: ":9001"},
		"variable under a flag": {
			env: map[string]string{"VMMP_ADDR": "nonsense"}, flags: map[string]string{"addr": ":9002"}, want: ":9002",
		},
	} {
		got := load(t, Options{File: file(t, `addr: ":7000"`), Getenv: environ(c.env), Flags: c.flags})
		if got.Addr != c.want {
			t.Errorf("%s: %q, want %q", name, got.Addr, c.want)
		}
	}
}

func TestFaultsOfTheEnvironment(t *testing.T) {
	for _, c := range []struct {
		name, value string
		want        string
	}{
		{"API_PORT", "http", `API_PORT: must be a port from 0 to 65535, not "http"; VMMP_ADDR wins over it`},
		{"API_PORT", "65536", `API_PORT: must be a port from 0 to 65535, not "65536"; VMMP_ADDR wins over it`},
		{"API_PORT", "tcp://10.0.0.1:80", `API_PORT: must be a port from 0 to 65535, not "tcp://10.0.0.1:80"; VMMP_ADDR wins over it`},
		{"API_HOST", "10.0.0.1:80", `API_HOST: must be a name or an IP address, not "10.0.0.1:80"; VMMP_ADDR wins over it`},
		{"API_HOST", "http://x", `API_HOST: must be a name or an IP address, not "http://x"; VMMP_ADDR wins over it`},
		{"VMMP_LOG_LEVEL", "loud", `VMMP_LOG_LEVEL: log.level must be debug, info, warn or error, not "loud"`},
		{"VMMP_TIMEOUTS_DRAIN", "-1s", `VMMP_TIMEOUTS_DRAIN: timeouts.drain must be at least 0s, not "-1s"`},
		{"VMMP_MODEL", "a\nb", `VMMP_MODEL: model must be free of control characters, such as a line end, not "a\nb"`},
	} {
		got := faults(t, Options{File: file(t, ""), Getenv: environ(map[string]string{c.name: c.value})})
		if diff := cmp.Diff([]string{c.want}, got); diff != "" {
			t.Errorf("%s=%q:\n%s", c.name, c.value, diff)
		}
	}
}

// Of a service called vmmp Kubernetes tells every container by variables that
// look like ours.
func TestUnknownVariablesAreIgnored(t *testing.T) {
	env := environ(map[string]string{"VMMP_PORT": "tcp://10.0.0.1:8001", "VMMP_SERVICE_HOST": "10.0.0.1", "VMMP_LOUD": "yes"})
	if diff := cmp.Diff(Default(), load(t, Options{File: file(t, ""), Getenv: env}).Config); diff != "" {
		t.Error(diff)
	}
}

func TestAllFaultsAtOnce(t *testing.T) {
	path := file(t, "addr: nowhere\ncolour: red\nlog:\n  level: loud\n")
	got := faults(t, Options{
		File:   path,
		Getenv: environ(map[string]string{"VMMP_TIMEOUTS_READ": "0s", "API_PORT": "x", "API_HOST": "a b"}),
		Flags:  map[string]string{"history": "mysql://db", "business.price_per_second": "-1"},
	})
	want := []string{
		path + `:1: addr must be host:port, such as :8001, 127.0.0.1:8001 or [::1]:8001, with a port from 0 to 65535, not "nowhere"`,
		path + `:2: unknown key "colour"`,
		path + `:4: log.level must be debug, info, warn or error, not "loud"`,
		`API_HOST: must be a name or an IP address, not "a b"; VMMP_ADDR wins over it`,
		`API_PORT: must be a port from 0 to 65535, not "x"; VMMP_ADDR wins over it`,
		`VMMP_TIMEOUTS_READ: timeouts.read must be longer than 0s, not "0s"`,
		`--history: history must be a file, none, or a URL such as postgres://user:password@host/database with special characters written as %XX, not "mysql://db"`,
		`--business-price-per-second: business.price_per_second must be a number of at least 0, such as 12.5, not "-1"`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A fault may quote anything but a secret.
func TestFaultsHideSecrets(t *testing.T) {
	const secret = "s3cret"
	for name, o := range map[string]Options{
		"key in a file":      {File: file(t, `prediction_key: "`+secret+`\n"`)},
		"key as a list":      {File: file(t, `prediction_key: [`+secret+`]`)},
		"key as an alias":    {File: file(t, `prediction_key: *`+secret)},
		"key as a number":    {File: file(t, `prediction_key: !x `+secret)},
		"key in a variable":  {Getenv: environ(map[string]string{"VMMP_PREDICTION_KEY": secret + "\n"})},
		"key on the line":    {Flags: map[string]string{"prediction_key": secret + "\x00"}},
		"password":           {Flags: map[string]string{"history": "mysql://u:" + secret + "@db/vmmp"}},
		"password parameter": {Flags: map[string]string{"history": "mysql://db/vmmp?sslpassword=" + secret}},
		"broken URL":         {Flags: map[string]string{"history": "postgres://u:" + secret + "%zz@db/vmmp"}},
	} {
		if o.File == "" {
			o.File = file(t, "")
		}
		if o.Getenv == nil {
			o.Getenv = environ(nil)
		}
		if got := strings.Join(faults(t, o), "\n"); strings.Contains(got, secret) {
			t.Errorf("%s: the secret is in %q", name, got)
		}
	}
}

// A command that names a key wrongly is a programmer's mistake.
func TestUnknownFlagPanics(t *testing.T) {
	defer func() {
		if got := recover(); got != "config: no key is called colour" {
			t.Errorf("recovered %v", got)
		}
	}()
	_, err := Load(Options{File: file(t, ""), Getenv: environ(nil), Flags: map[string]string{"colour": "red"}})
	t.Errorf("no panic, but %v", err)
}

func TestLoadReadsTheProcessEnvironment(t *testing.T) {
	t.Setenv("VMMP_LOG_FORMAT", "json")
	if got := load(t, Options{File: file(t, "")}).Log.Format; got != "json" {
		t.Errorf("log.format %q, want json", got)
	}
}
