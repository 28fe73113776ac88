// Package stack tests the containers: what docker-compose.yml and the Dockerfile say,
// and, with the tag integration, the stack itself, which is brought up, loaded, scaled,
// watched and taken down.
package stack

import (
	"os"
	"testing"
)

// The tests work in the top folder, from where the paths of the compose files count.
func TestMain(m *testing.M) {
	if err := os.Chdir("../.."); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
