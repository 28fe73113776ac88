package qemu

import (
	"strings"
	"testing"
)

func TestParseAddress(t *testing.T) {
	for text, want := range map[string]address{
		"/run/web.qmp":      {"unix", "/run/web.qmp"},
		"unix:/run/web.qmp": {"unix", "/run/web.qmp"},
		"unix:web":          {"unix", "web"},
		"web.qmp":           {"unix", "web.qmp"},
		"./a:b":             {"unix", "./a:b"},
		"@vm/qmp":           {"unix", "@vm/qmp"},
		"@vm:1":             {"unix", "@vm:1"},
		"host:4444":         {"tcp", "host:4444"},
		"tcp:host:4444":     {"tcp", "host:4444"},
		"[::1]:4444":        {"tcp", "[::1]:4444"},
		"127.0.0.1:4444":    {"tcp", "127.0.0.1:4444"},
	} {
		got, err := parseAddress(text)
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
		if again, err := parseAddress(got.network + ":" + got.name); err != nil || again != got {
			t.Errorf("%s, with its kind: %+v, %v", text, again, err)
		}
	}
	for _, text := range []string{"", "unix:", "tcp:", "tcp:host", ":4444", "host:", "::1:4444", "a:b:c"} {
		if got, err := parseAddress(text); err == nil || !strings.Contains(err.Error(), "HOST:PORT") {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
}

func TestLabel(t *testing.T) {
	for text, want := range map[string]string{
		"/run/web.qmp": "web", "/run/qemu/web.sock": "web", "@vm/a": "a", "host:4444": "host:4444", "/run/.qmp": ".qmp",
	} {
		a, err := parseAddress(text)
		if err != nil || a.label() != want {
			t.Errorf("%s: %s, %v, want %s", text, a.label(), err, want)
		}
	}
}

func FuzzParseAddress(f *testing.F) {
	for _, text := range []string{"/a", "@a", "a:1", "unix:a", "tcp:a:1", "[::1]:1"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := parseAddress(text)
		if err == nil && (a.name == "" || a.label() == "" || a.network != "unix" && a.network != "tcp") {
			t.Errorf("%q is %+v, %q", text, a, a.label())
		}
	})
}
