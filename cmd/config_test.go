package cmd

import (
	"bytes"
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"vmmp/configs"
	"vmmp/pkg/config"
)

var updateConfig = flag.Bool("update-config", false, "write configs/vmmp.yaml anew")

const configFile = "../configs/vmmp.yaml"

// The file that people copy says what the code does where they say nothing.
func TestConfigFile(t *testing.T) {
	var want bytes.Buffer
	if err := config.Default().Write(&want); err != nil {
		t.Fatal(err)
	}
	if *updateConfig {
		if err := os.WriteFile(configFile, want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return // what is embedded is the file of before
	}
	if diff := cmp.Diff(want.String(), string(configs.Default)); diff != "" {
		t.Errorf("%s is not of this code (go test ./cmd -run TestConfigFile -update-config writes it anew):\n%s", configFile, diff)
	}
	got, err := config.Load(config.Options{File: configFile, Getenv: func(string) string { return "" }})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(config.Default(), got.Config); diff != "" {
		t.Errorf("%s says something else than the defaults:\n%s", configFile, diff)
	}
}
