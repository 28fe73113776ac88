//go:build integration

package cmd

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestEmbeddedModelIsWhatMakeModelTrains trains the embedded model anew and
// compares it byte for byte. It takes two minutes, and it holds on amd64: other
// architectures may contract floating-point operations.
func TestEmbeddedModelIsWhatMakeModelTrains(t *testing.T) {
	t.Chdir("..")
	makefile, err := os.ReadFile("Makefile")
	if err != nil {
		t.Fatal(err)
	}
	flags := regexp.MustCompile(`(?m)^MODEL_FLAGS \?= (.*)$`).FindSubmatch(makefile)
	if flags == nil {
		t.Fatal("the Makefile does not say with which flags the model is trained")
	}
	out := filepath.Join(t.TempDir(), "again.vmmp")
	var errs strings.Builder
	e := &env{
		args:  append(append([]string{"train"}, strings.Fields(string(flags[1]))...), "--out", out),
		stdin: strings.NewReader(""), stdout: new(bytes.Buffer), stderr: &errs,
		getenv: func(string) string { return "" }, now: time.Now,
	}
	if code := execute(t.Context(), e); code != exitOK {
		t.Fatalf("exit %d: %s", code, errs.String())
	}
	again, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	embedded, err := os.ReadFile("pkg/model/default.vmmp")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again, embedded) {
		t.Errorf("the embedded model (%d bytes) is not what make model trains (%d bytes): run make model and commit it", len(embedded), len(again))
	}
}
