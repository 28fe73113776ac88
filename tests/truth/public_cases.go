package main

import (
	"errors"
	"io"
	"slices"

	"vmmp/pkg/migration"
)

// largeMiB is the RAM from which a guest is a large one: nobody's lab has such.
const largeMiB = 64 * 1024

// caseGroups returns single migrations from public reports: any CSV of recorded migrations, with their names in a
// column "case".
func caseGroups(r io.Reader, path string) ([]group, error) {
	file, err := migration.NewCSVReader(r, migration.CSVOptions{Name: path})
	if err != nil {
		return nil, err
	}
	name := slices.Index(file.Header(), "case")
	g := group{name: "public cases"}
	for {
		record, err := file.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		g.records = append(g.records, record)
		if name >= 0 {
			g.cases = append(g.cases, file.Cells()[name])
		}
	}
	large := func(i int) bool { return g.records[i].Features.Get(migration.MemoryMiB) >= largeMiB }
	g.slices = []slice{{name: "64 GiB and more", has: large}}
	return []group{g}, nil
}
