// Command manpages writes the manual pages of vmmp, from its commands and the keys of its configuration. All that is in
// them comes from the program, from the version that it is told, and from SOURCE_DATE_EPOCH, the date of the edition.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"vmmp/cmd"
)

func main() {
	out := flag.String("out", ".", "folder to write the pages into")
	version := flag.String("version", "", "version of vmmp that the pages name")
	flag.Parse()
	if err := write(*out, *version); err != nil {
		fmt.Fprintln(os.Stderr, "manpages:", err)
		os.Exit(1)
	}
}

// write writes all pages into a folder, which it makes where there is none.
func write(folder, version string) error {
	date, err := edition(os.Getenv("SOURCE_DATE_EPOCH"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for name, page := range (manual{version, date}).pages(cmd.Root()) {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(page), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// edition returns the date of an edition that was made so many seconds after 1970.
func edition(seconds string) (string, error) {
	if seconds == "" {
		return "", nil
	}
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return "", fmt.Errorf("SOURCE_DATE_EPOCH=%q must be seconds since 1970", seconds)
	}
	return time.Unix(n, 0).UTC().Format(time.DateOnly), nil
}
