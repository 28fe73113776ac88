package cmd

import (
	"bytes"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vmmp/pkg/config"
)

// writeFile writes a file into a folder of the test's and answers its path.
func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Of all that can say where to listen, the nearest to who typed it wins. Each says
// another of the addresses that lead back to this machine.
func TestServeAddressIsOfTheStrongest(t *testing.T) {
	file := writeFile(t, "vmmp.yaml", "addr: 127.0.0.5:0\n")
	api := []string{"API_HOST=127.0.0.4", "API_PORT=0"}
	variable := append([]string{"VMMP_ADDR=127.0.0.3:0"}, api...)
	for _, c := range []struct {
		want      string
		variables []string
		args      []string
	}{
		{"127.0.0.5", nil, []string{"--config", file}},
		{"127.0.0.4", api, nil},
		{"127.0.0.4", api, []string{"--config", file}},
		{"127.0.0.3", variable, []string{"--config", file}},
		{"127.0.0.2", variable, []string{"--config", file, "--addr", "127.0.0.2:0"}},
	} {
		s := startServed(t, vmmpProcess(t, "vmmp", c.variables, append([]string{"serve", "--history", "none"}, c.args...)...))
		s.awaitReady(t)
		if got := s.ready["addr"].(string); !strings.HasPrefix(got, c.want+":") || strings.HasSuffix(got, ":0") {
			t.Errorf("%v %v: listens on %s, not %s", c.variables, c.args, got, c.want)
		}
		s.answers(t, http.StatusOK, http.MethodGet, "/health", "")
		s.kill()
	}
}

// A file is found where the server is started, else where files of the user are.
func TestServeFindsItsFile(t *testing.T) {
	first := vmmpProcess(t, "vmmp", nil, "serve")
	inHome := filepath.Join(first.Dir, ".config", "vmmp", "vmmp.yaml")
	if err := os.MkdirAll(filepath.Dir(inHome), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ path, host, told string }{
		{inHome, "127.0.0.2", inHome},
		{filepath.Join(first.Dir, "vmmp.yaml"), "127.0.0.3", "vmmp.yaml"},
	} {
		if err := os.WriteFile(c.path, []byte("addr: "+c.host+":0\nhistory: none\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		process := vmmpProcess(t, "vmmp", nil, "serve")
		process.Dir, process.Env = first.Dir, first.Env
		s := startServed(t, process)
		s.awaitReady(t)
		if s.ready["config"] != c.told || !strings.HasPrefix(s.ready["addr"].(string), c.host+":") {
			t.Errorf("%s: ready with %v", c.path, s.ready)
		}
		s.kill()
	}
}

// A fault is told with its place and what was probably meant, each on a line of its
// own, and nothing is started.
func TestServeRefusesItsConfiguration(t *testing.T) {
	const secret = "correct horse battery staple"
	file := writeFile(t, "vmmp.yaml", "adr: :1\nlog:\n  levl: warn\nprediction_key: [\""+secret+"\"]\n")
	var errs bytes.Buffer
	c := vmmpProcess(t, "vmmp", []string{"VMMP_TIMEOUTS_DRAIN=soon", "VMMP_HISTORY=mysql://u:" + secret + "@h/d", "API_PORT=99999"}, "serve", "--config", file)
	c.Stderr = &errs
	if code := exitStatus(t, c.Run()); code != exitUsage {
		t.Errorf("exit %d", code)
	}
	lines := strings.Split(strings.TrimSuffix(errs.String(), "\n"), "\n")
	for i, want := range []string{
		`^vmmp: .*/vmmp\.yaml:1: unknown key "adr"; did you mean addr\?$`,
		`^vmmp: .*/vmmp\.yaml:3: unknown key "log\.levl"; did you mean log\.level\?$`,
		`^vmmp: .*/vmmp\.yaml:4: prediction_key must be one value, not a list or a section$`,
		`^vmmp: API_PORT: must be a port from 0 to 65535, not "99999"; VMMP_ADDR wins over it$`,
		`^vmmp: VMMP_HISTORY: history must be a file, none, or a URL`,
		`^vmmp: VMMP_TIMEOUTS_DRAIN: timeouts\.drain must be a duration .*, not "soon"$`,
	} {
		if i >= len(lines) || !regexp.MustCompile(want).MatchString(lines[i]) {
			t.Errorf("line %d is not %s; told:\n%s", i+1, want, errs.String())
		}
	}
	if strings.Contains(errs.String(), secret) {
		t.Errorf("a secret was told: %s", errs.String())
	}
}

// printConfig is what `vmmp serve --print-config` prints.
func printConfig(t *testing.T, variables []string, args ...string) string {
	t.Helper()
	c := vmmpProcess(t, "vmmp", variables, append([]string{"serve", "--print-config"}, args...)...)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if code := exitStatus(t, c.Run()); code != exitOK || errs.Len() > 0 {
		t.Fatalf("exit %d: %s", code, errs.String())
	}
	return out.String()
}

// What --print-config prints, whatever it came from, is a file that says the same.
func TestServePrintedConfigurationIsRead(t *testing.T) {
	for name, set := range map[string][]string{
		"defaults": nil,
		"others": {
			"VMMP_ADDR=[::1]:9000", "VMMP_MODEL=my model.vmmp", `VMMP_HISTORY=a "b" # c.db`, "VMMP_RETENTION_MAX_AGE=2160h", "VMMP_RETENTION_MAX_ROWS=7",
			"VMMP_LOG_LEVEL=warn", "VMMP_LOG_FORMAT=text", "VMMP_BUSINESS_PRICE_PER_SECOND=0.25", "VMMP_BUSINESS_CURRENCY=€",
		},
	} {
		printed := printConfig(t, set)
		again := printConfig(t, nil, "--config", writeFile(t, "printed.yaml", printed))
		if diff := cmp.Diff(printed, again); diff != "" {
			t.Errorf("%s: read again it is another:\n%s", name, diff)
		}
	}
	file := writeFile(t, "printed.yaml", printConfig(t, []string{"VMMP_ADDR=127.0.0.2:0", "VMMP_HISTORY=none"}))
	s := startServed(t, vmmpProcess(t, "vmmp", nil, "serve", "--config", file))
	s.awaitReady(t)
	if !strings.HasPrefix(s.ready["addr"].(string), "127.0.0.2:") || s.ready["history"] != "none" {
		t.Errorf("ready: %v", s.ready)
	}
}

// Secrets are shown to nobody, however much is logged.
func TestServeKeepsItsSecrets(t *testing.T) {
	const key, password = "correct-horse-battery", "staple-of-paper"
	secret := []string{"VMMP_PREDICTION_KEY=" + key, "VMMP_LOG_LEVEL=debug"}
	printed := printConfig(t, append([]string{"VMMP_HISTORY=postgres://u:" + password + "@db.example/vmmp"}, secret...))
	if strings.Contains(printed, key) || strings.Contains(printed, password) || !strings.Contains(printed, "# prediction_key: (hidden)") {
		t.Errorf("printed:\n%s", printed)
	}

	s := serveReady(t, secret, "--history", historyFile(t))
	id := s.predicts(t)["prediction_id"].(string)
	outcome := `{"downtime_ms": 170, "status": "completed", "prediction_id": "` + id + `"}`
	s.answers(t, http.StatusCreated, http.MethodPost, "/migrations", outcome)
	s.answers(t, http.StatusOK, http.MethodGet, "/metrics", "")
	s.answers(t, http.StatusOK, http.MethodGet, "/", "")
	other := serveReady(t, []string{"VMMP_PREDICTION_KEY=another"}, "--history", historyFile(t))
	r := other.answers(t, http.StatusUnprocessableEntity, http.MethodPost, "/migrations", outcome)
	s.stop(t)
	if told := s.log.String() + other.log.String() + r.text; strings.Contains(told, key) {
		t.Errorf("the key was told:\n%s", told)
	}
}

// logged is what a server writes to a terminal until it is ready, and whatever
// variables say of its form.
func logged(t *testing.T, variables ...string) string {
	t.Helper()
	person, program := pseudoTerminal(t, 300)
	c := vmmpProcess(t, "vmmp", variables, "serve", "--addr", "127.0.0.1:0", "--history", "none")
	c.Stderr = program
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	program.Close()
	stopped := false
	page := looks(person, func(sofar string) {
		if !stopped && strings.Contains(sofar, "ready") && strings.HasSuffix(sofar, "\n") {
			stopped = true
			if err := c.Process.Signal(syscall.SIGTERM); err != nil {
				t.Error(err)
			}
		}
	})
	if code := exitStatus(t, c.Wait()); code != exitOK {
		t.Errorf("exit %d: %s", code, page)
	}
	return page
}

// The log is for the person at the terminal, else for a program, unless told
// otherwise.
func TestServeLogFormat(t *testing.T) {
	const text, json = ` level=INFO msg=ready addr=127.0.0.1:`, `"level":"INFO","msg":"ready","addr":"127.0.0.1:`
	if page := logged(t); !strings.Contains(page, text) || !strings.Contains(page, " msg=stopped") {
		t.Errorf("on a terminal: %q", page)
	}
	if page := logged(t, "VMMP_LOG_FORMAT=json"); !strings.Contains(page, json) || strings.Contains(page, "msg=") {
		t.Errorf("on a terminal, told to be JSON: %q", page)
	}
	c := vmmpProcess(t, "vmmp", []string{"VMMP_LOG_FORMAT=text"}, "serve", "--addr", "127.0.0.1:0", "--history", "none")
	s := startServed(t, c)
	if line, _ := s.log.next(); !strings.Contains(line, text) {
		t.Errorf("off a terminal, told to be text: %q", line)
	}
}

// What is less severe than asked for is not logged.
func TestLogLevel(t *testing.T) {
	for _, least := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
		c := newFakeEnv()
		log := c.newLog(config.Log{Level: least, Format: "auto"})
		for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError} {
			log.Log(t.Context(), level, level.String())
			if told := strings.Contains(c.errs.String(), `"msg":"`+level.String()+`"`); told != (level >= least) {
				t.Errorf("%v, of a log from %v on: logged is %v", level, least, told)
			}
		}
	}
}
