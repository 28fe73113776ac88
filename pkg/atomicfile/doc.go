// Package atomicfile writes a file whole or not at all. A process that is killed, a
// full disk or a power cut leaves the file as it was before or as it is meant to be,
// and nothing half-written beside it but, after a kill, a hidden temporary file.
//
// [Write] makes a temporary file in the same folder, syncs it, renames it over the
// path and syncs the folder. So the folder must be one that may be written to, and a
// reader that has the old file open keeps reading the old file.
package atomicfile
