package qmp

import (
	"errors"
	"fmt"
)

// ErrClosed is wrapped by the error of every command, the one under way and all later ones, once the connection has
// ended, whichever side ended it. The error also wraps or tells the cause.
var ErrClosed = errors.New("the monitor is gone")

// The classes of Error, as QEMU's QAPI schema lists them. Any other failure is a GenericError, told from others by
// nothing but its description.
const (
	GenericError    = "GenericError"
	CommandNotFound = "CommandNotFound" // this QEMU has no such command, or it was compiled out
	DeviceNotActive = "DeviceNotActive"
	DeviceNotFound  = "DeviceNotFound"
	KVMMissingCap   = "KVMMissingCap" // the kernel's KVM lacks what the command needs
)

// Error is QEMU's refusal of a command. The connection stays usable.
type Error struct {
	Command string
	Class   string // GenericError, CommandNotFound, ...
	Desc    string // for people; its wording differs between versions of QEMU
}

// Error returns the description with the command and the class.
func (e *Error) Error() string { return fmt.Sprintf("qmp %s: %s (%s)", e.Command, e.Desc, e.Class) }
