package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const kvmHeader = "started_unix,technique,workload,available_bandwidth_mbps,dirty_pages_per_s," +
	"vm_size_mb,max_bandwidth_mb_per_s,total_time_ms,downtime_ms,transferred_kb\n"

// invented are rows that nobody measured: of each technique, idle and busy, with pauses on both sides of the limit.
const invented = kvmHeader +
	"1,original,idle,900,64,500.5,150,5000,140,520000\n" +
	"2,original,mem,800,9600,1000,90,21000,250,2100000\n" +
	"3,original,mem,700,25600,1500,80,60000,2500,5000000\n" +
	"4,auto-converge,mem,800,12800,900,100,17000,310,1800000\n" +
	"5,x-postcopy-ram,mem,800,12800,900,100,9000,2,950000\n" +
	"6,xbzrle,mem,800,6400,900,100,11000,120,1200000\n" +
	"7,compress,mem,200,6400,900,100,12000,60,400000\n"

func TestReadKVM(t *testing.T) {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	fmt.Fprint(z, invented)
	z.Close()
	want := kvmRow{"original", 800, 9600, 1000, 90, 21000, 250, 2100000}
	for name, r := range map[string]*strings.Reader{
		"plain.csv":     strings.NewReader(invented),
		"zipped.csv.gz": strings.NewReader(zipped.String()),
	} {
		rows, err := readKVM(r, name)
		if err != nil || len(rows) != 7 {
			t.Fatalf("%s: %d rows, error %v", name, len(rows), err)
		}
		if diff := cmp.Diff(want, rows[1], cmp.AllowUnexported(kvmRow{})); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// The columns are found by their names.
func TestReadKVMInAnyOrder(t *testing.T) {
	text := "downtime_ms,transferred_kb,total_time_ms,max_bandwidth_mb_per_s,vm_size_mb,dirty_pages_per_s," +
		"available_bandwidth_mbps,technique\n1,2,3,4,5,6,7,xbzrle\n"
	rows, err := readKVM(strings.NewReader(text), "turned.csv")
	want := []kvmRow{{"xbzrle", 7, 6, 5, 4, 3, 1, 2}}
	if diff := cmp.Diff(want, rows, cmp.AllowUnexported(kvmRow{})); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestReadKVMRefuses(t *testing.T) {
	row := "1,original,idle,900,64,500,150,5000,140,520000\n"
	for _, c := range []struct{ name, text, want string }{
		{"empty.csv", "", "read the header of empty.csv"},
		{"header.csv", kvmHeader, "header.csv: no rows"},
		{"short.csv", "technique,downtime_ms\noriginal,3\n",
			"no column available_bandwidth_mbps, dirty_pages_per_s, max_bandwidth_mb_per_s, total_time_ms, transferred_kb, vm_size_mb in the header"},
		{"twice.csv", strings.Replace(kvmHeader, "workload", "downtime_ms", 1) + row, "column downtime_ms stands twice"},
		{"way.csv", kvmHeader + row + strings.Replace(row, "original", "teleport", 1),
			`way.csv: line 3, column technique: unknown technique "teleport": there are original, auto-converge`},
		{"word.csv", kvmHeader + strings.Replace(row, "140", "soon", 1), `word.csv: line 2, column downtime_ms: must be a number that is not negative, not "soon"`},
		{"minus.csv", kvmHeader + strings.Replace(row, "64", "-64", 1), `line 2, column dirty_pages_per_s: must be a number that is not negative, not "-64"`},
		{"nan.csv", kvmHeader + strings.Replace(row, "5000", "NaN", 1), `column total_time_ms`},
		{"large.csv", kvmHeader + strings.Replace(row, "64", "1e300", 1), "large.csv: line 2 makes a VM that cannot be: dirty_rate must be 0 to 1000000 MiB/s"},
		{"cells.csv", kvmHeader + "1,original\n", "wrong number of fields"},
		{"plain.csv.gz", kvmHeader + row, "read plain.csv.gz: gzip"},
	} {
		t.Run(c.name, func(t *testing.T) {
			rows, err := readKVM(strings.NewReader(c.text), c.name)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%d rows, error %v; want one that says %s", len(rows), err, c.want)
			}
		})
	}
}

// Whatever the bytes, there is an error or rows that a model can be asked about.
func FuzzReadKVM(f *testing.F) {
	f.Add([]byte(invented))
	f.Add([]byte(kvmHeader + "1,original,\"\n"))
	f.Add([]byte("technique\noriginal"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, name := range []string{"t.csv", "t.csv.gz"} {
			rows, err := readKVM(bytes.NewReader(data), name)
			if (err == nil) != (len(rows) > 0) {
				t.Fatalf("%d rows and error %v", len(rows), err)
			}
			for i := range rows {
				if faults := rows[i].record().Features.CheckBounds(); len(faults) > 0 {
					t.Fatalf("row %d: %v", i, faults)
				}
			}
		}
	})
}
