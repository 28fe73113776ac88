package webapi

import (
	"errors"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestParseBase(t *testing.T) {
	for address, want := range map[string]bool{
		"http://host": true, "https://me:secret@host:9090/prefix": true, "http://[::1]:9090": true,
		"host:9090": false, "ftp://host": false, "http://": false, "http://host?a=b": false, "http://host?": false,
		"http://host#a": false, "http://ho st": false, "": false,
	} {
		if _, ok := ParseBase(address); ok != want {
			t.Errorf("%q: %v", address, ok)
		}
	}
}

func TestNewTransport(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := NewTransport(empty, 1); !errors.Is(err, ErrCA) || !strings.Contains(err.Error(), empty) {
		t.Errorf("%v", err)
	}
	if _, err := NewTransport(empty+"x", 1); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
	if own, err := NewTransport("", 3); err != nil || own.MaxIdleConnsPerHost != 3 {
		t.Errorf("%v", err)
	}
}

func TestLimit(t *testing.T) {
	for most, fits := range map[int64]bool{6: true, 5: false, 4: false, 0: false} {
		text, err := io.ReadAll(Limit(io.NopCloser(strings.NewReader("12345")), most))
		if fits != (err == nil) || int64(len(text)) != min(most, 5) {
			t.Errorf("%d: %q, %v", most, text, err)
		}
	}
}

func TestOneLine(t *testing.T) {
	if got := OneLine(" a\nb\x00c "); got != "a b c" {
		t.Errorf("%q", got)
	}
	if got := OneLine(strings.Repeat("ä", 500)); len(got) > 310 || strings.ContainsRune(got, '\ufffd') {
		t.Errorf("%q", got)
	}
}

func TestReason(t *testing.T) {
	inner := errors.New("refused")
	if got := Reason(&url.Error{Op: "Get", URL: "http://me:secret@host/?q=long", Err: inner}); !errors.Is(got, inner) || got.Error() != "refused" {
		t.Errorf("%v", got)
	}
	if got := Reason(inner); !errors.Is(got, inner) {
		t.Errorf("%v", got)
	}
}
