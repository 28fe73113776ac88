//go:build integration

package api

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// redoclyFolder pins the linter of OpenAPI documents.
const redoclyFolder = "../../.ci/tools/redocly"

// redocly lints a document by the rules of redoclyFolder. The error says that it has faults, which the output names.
func redocly(t *testing.T, document []byte) (output string, err error) {
	t.Helper()
	for _, program := range []string{"node", "npx"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%v: .ci/setup installs it", err)
		}
	}
	if _, err := os.Stat(filepath.Join(redoclyFolder, "node_modules", ".bin", "redocly")); err != nil {
		t.Fatalf("%v: .ci/setup installs it", err)
	}
	file := filepath.Join(t.TempDir(), "openapi.json")
	if err := os.WriteFile(file, document, 0o600); err != nil {
		t.Fatal(err)
	}
	lint := exec.CommandContext(t.Context(), "npx", "--no-install", "redocly", "lint", "--config", "redocly.yaml", file)
	lint.Dir = redoclyFolder
	lint.Env = append(os.Environ(), "REDOCLY_TELEMETRY=off", "REDOCLY_SUPPRESS_UPDATE_NOTICE=true")
	out, err := lint.CombinedOutput()
	return string(out), err
}

// servedDocument is the document as a client gets it.
func servedDocument(t *testing.T) []byte {
	t.Helper()
	server := httptest.NewServer(newServer(t))
	defer server.Close()
	answer, err := http.Get(server.URL + "/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	document, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("GET /openapi.json: %s, %v", answer.Status, err)
	}
	return document
}

func TestDocumentSatisfiesRedocly(t *testing.T) {
	if output, err := redocly(t, servedDocument(t)); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}

// The linter finds what is wrong where something is.
func TestRedoclyRefusesADanglingReference(t *testing.T) {
	document := servedDocument(t)
	damaged := bytes.Replace(document, []byte(`"#/components/schemas/Features"`), []byte(`"#/components/schemas/Nothing"`), 1)
	if bytes.Equal(damaged, document) {
		t.Fatal("the document does not refer to the features")
	}
	output, err := redocly(t, damaged)
	if err == nil || !strings.Contains(output, "no-unresolved-refs") {
		t.Errorf("error %v, output:\n%s", err, output)
	}
}
