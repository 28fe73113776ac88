//go:build !linux

package image

import (
	"errors"
	"os"
	"runtime"
)

// MemoryFile refuses: without it there can be no lab.
func MemoryFile(string) (*os.File, error) {
	return nil, errors.New("real migrations need Linux; this is " + runtime.GOOS)
}
