//go:build !linux

package image

import (
	"errors"
	"os"
	"runtime"
)

// memoryFile refuses: without it there can be no lab.
func memoryFile(string) (*os.File, error) {
	return nil, errors.New("real migrations need Linux; this is " + runtime.GOOS)
}
