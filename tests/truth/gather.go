package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"vmmp/pkg/migration"
)

// A group is migrations that are asked about in one way, and the parts of them that are judged on their own.
type group struct {
	name    string
	records []migration.Record
	slices  []slice
	cases   []string // names of the records, where each is shown; nil: none is
	site    string   // recorded site that all are of; empty: they are of no recorded one
	note    string   // what else a reader of its figures must know
}

// A slice is a part of a group.
type slice struct {
	name       string
	has        func(i int) bool // whether the record is part of it; nil: every one is
	everyPause bool             // judge the records that did not switch over by themselves, too
}

// everyPause is the slice that leaves no pause out.
var everyPause = slice{name: "every pause", everyPause: true}

// gather reads all that there is to judge a model on. It is an error if no measurement of others is there; of the one
// that is missing it says so.
func gather(o options, stderr io.Writer) ([]group, error) {
	var groups []group
	for _, from := range []struct {
		read  func(io.Reader, string) ([]group, error)
		paths []string
	}{
		{kvmGroups, []string{filepath.Join(o.data, "kvm-2017.csv.gz"), filepath.Join(o.data, "kvm-2017.csv")}},
		{caseGroups, []string{filepath.Join(o.data, "reality.csv"), filepath.Join(o.data, "..", "field", "reality.csv")}},
	} {
		path := firstOf(from.paths)
		if path == "" {
			fmt.Fprintf(stderr, "truth: not judged, since it is not there: %s\n", strings.Join(from.paths, ", or "))
			continue
		}
		read, err := readGroups(path, from.read)
		if err != nil {
			return nil, err
		}
		groups = append(groups, read...)
	}
	if len(groups) == 0 {
		return nil, fmt.Errorf("%w: no public measurements in %s: they are no part of this repository; "+
			"--data names their folder (make truth DATA=folder)", errUsage, o.data)
	}
	recorded, err := recordedGroups(o.recorded)
	return append(groups, recorded...), err
}

// firstOf returns the first of the files that is there, an empty name without any.
func firstOf(paths []string) string {
	for _, path := range paths {
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			return path
		}
	}
	return ""
}

// readGroups opens a file and reads it.
func readGroups(path string, read func(io.Reader, string) ([]group, error)) ([]group, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return read(file, path)
}
