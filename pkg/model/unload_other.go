//go:build !linux

package model

// unload does nothing where it is not known how to.
func unload([]byte) {}
