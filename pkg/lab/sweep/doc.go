// Package sweep makes many migrations with a lab and records them. A Plan draws settings of guests and moves from a
// Latin hypercube and means the same migrations each time it is read; Run carries them out; a Recorder appends them to
// a file, so that a sweep that is broken off goes on where it was.
package sweep
