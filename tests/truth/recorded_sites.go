package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"vmmp/pkg/migration"
)

// recordedGroups returns the recorded sites: one for each table in the folder, and for each folder of tables below it.
func recordedGroups(folder string) ([]group, error) {
	var paths []string
	for _, pattern := range []string{"*.csv", "*/*.csv"} {
		found, err := filepath.Glob(filepath.Join(folder, pattern))
		if err != nil {
			return nil, fmt.Errorf("find the recorded sites: %w", err)
		}
		paths = append(paths, found...)
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("no recorded site in %s: run this at the top of the repository, or give --recorded", folder)
	}
	var groups []group
	for _, path := range paths {
		records, err := readRecorded(path)
		if err != nil {
			return nil, err
		}
		site := siteName(folder, path)
		if i := slices.IndexFunc(groups, func(g group) bool { return g.site == site }); i >= 0 {
			groups[i].records = append(groups[i].records, records...)
			continue
		}
		groups = append(groups, group{name: "recorded site " + site, site: site, records: records})
	}
	return groups, nil
}

// siteName returns the name of the site that a table is of: its folder's, or its own.
func siteName(folder, path string) string {
	if below := filepath.Dir(path); below != filepath.Clean(folder) {
		return filepath.Base(below)
	}
	return strings.TrimSuffix(filepath.Base(path), ".csv")
}

// readRecorded reads one table of recorded migrations.
func readRecorded(path string) ([]migration.Record, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	records, _, err := migration.ReadCSV(file, migration.CSVOptions{Name: path})
	return records, err
}
