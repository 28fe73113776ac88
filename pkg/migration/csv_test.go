package migration

import (
	"bytes"
	"encoding/csv"
	"errors"
	"flag"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden files anew")

func read(text string) ([]Record, []string, error) {
	return ReadCSV(strings.NewReader(text), CSVOptions{Name: "f.csv"})
}

func written(t testing.TB, records []Record) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteCSV(&b, records); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// goldenRecords show the written format: everything known, nothing known, and
// values that are easily written wrong.
func goldenRecords() []Record {
	odd := Record{Outcome: UnknownOutcome(), Source: SourcePrecopy, At: time.Date(1999, 12, 31, 23, 59, 59, 0, time.FixedZone("", 3600))}
	odd.Features.Set(CPULoad, 0)
	odd.Features.Set(DirtyRate, 1.0/3)
	odd.Features.Set(ResidentMiB, 67108864)
	odd.Features.Set(AutoConverge, 0)
	odd.Features.SetPoints([]Point{{0.001, 0}})
	odd.Outcome.DowntimeMS, odd.Outcome.Status = 0, Forced
	return []Record{sampleRecord(), {Outcome: UnknownOutcome()}, odd}
}

func TestWrittenFormat(t *testing.T) {
	const golden = "testdata/records.csv"
	got := written(t, goldenRecords())
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%swant\n%s(go test -run WrittenFormat -update)", got, want)
	}
	records, unknown, err := read(got)
	if err != nil || len(unknown) > 0 || !slices.EqualFunc(records, goldenRecords(), sameRecord) {
		t.Errorf("read %+v, %v, %v", records, unknown, err)
	}
}

func TestWriteCSVReportsAFullDisk(t *testing.T) {
	full := errors.New("disk full")
	records := slices.Repeat(goldenRecords(), 100)
	for _, room := range []int{0, 5000} {
		if err := WriteCSV(&fullDisk{room, full}, records); !errors.Is(err, full) {
			t.Errorf("%d bytes of room: %v", room, err)
		}
	}
}

type fullDisk struct {
	room int
	err  error
}

func (d *fullDisk) Write(p []byte) (int, error) {
	if d.room -= len(p); d.room < 0 {
		return 0, d.err
	}
	return len(p), nil
}

// drawRecord draws any possible record.
func drawRecord(t *rapid.T) Record {
	r := Record{Features: drawFeatures(t), Outcome: UnknownOutcome()}
	for _, v := range []*float64{&r.Outcome.DowntimeMS, &r.Outcome.TotalTimeMS, &r.Outcome.TransferredMiB, &r.Outcome.Rounds} {
		if rapid.Bool().Draw(t, "recorded") {
			*v = rapid.Float64Range(0, 1e9).Draw(t, "outcome")
		}
	}
	r.Outcome.Status = rapid.SampledFrom(append(Statuses, StatusUnknown)).Draw(t, "status")
	r.Source = rapid.SampledFrom(append(Sources, SourceUnknown)).Draw(t, "source")
	r.Group = rapid.SampledFrom([]string{"", "a", "a,b", `say "a"`, "ü", "#1", "=1+1"}).Draw(t, "group")
	r.Site = rapid.SampledFrom([]string{"", "lab", "kvm, 10.0"}).Draw(t, "site")
	if rapid.Bool().Draw(t, "dated") {
		r.At = time.Unix(rapid.Int64Range(-1e9, 1e10).Draw(t, "at"), 0)
	}
	return r
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		records := []Record{drawRecord(t), drawRecord(t)}
		var b bytes.Buffer
		if err := WriteCSV(&b, records); err != nil {
			t.Fatal(err)
		}
		got, unknown, err := ReadCSV(&b, CSVOptions{Name: "f.csv"})
		if err != nil || len(unknown) > 0 || !slices.EqualFunc(got, records, sameRecord) {
			t.Fatalf("%+v, %v, %v; was %+v", got, unknown, err, records)
		}
	})
}

func TestColumnsMayStandInAnyOrder(t *testing.T) {
	rows, err := csv.NewReader(strings.NewReader(written(t, goldenRecords()))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 1))
	for range 20 {
		order := random.Perm(len(rows[0]))
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		for _, row := range rows {
			shuffled := make([]string, len(row))
			for i, j := range order {
				shuffled[i] = row[j]
			}
			if err := w.Write(shuffled); err != nil {
				t.Fatal(err)
			}
		}
		w.Flush()
		if records, _, err := read(b.String()); err != nil || !slices.EqualFunc(records, goldenRecords(), sameRecord) {
			t.Fatalf("order %v: %+v, %v", order, records, err)
		}
	}
}

func TestReadCSVAccepts(t *testing.T) {
	tests := []struct {
		name, text string
		unknown    []string
	}{
		{"plain", "cpu_load,downtime_ms\n75,120\n", nil},
		{"no last line break", "cpu_load,downtime_ms\n75,120", nil},
		{"byte order mark", "\ufeffcpu_load,downtime_ms\n75,120\n", nil},
		{"CRLF", "cpu_load,downtime_ms\r\n75,120\r\n", nil},
		{"byte order mark and CRLF", "\ufeffcpu_load,downtime_ms\r\n75,120\r\n", nil},
		{"blank lines", "\n\ncpu_load,downtime_ms\n\n75,120\n\n", nil},
		{"spaces", " cpu_load , downtime_ms\n 75 , 120 \n", nil},
		{"quoted", "\"cpu_load\",\"downtime_ms\"\n\"75\",\"120\"\n", nil},
		{"unknown columns", "rack,cpu_load,CPU_LOAD,downtime_ms,\nr1,75,9,120,5\n", []string{"rack", "CPU_LOAD", ""}},
		{"bad cells in unknown columns", "rack,cpu_load,downtime_ms\nNaN,75,120\n", []string{"rack"}},
		{"a quoted line break", "note,cpu_load,downtime_ms\n\"a\nb\",75,120\n", []string{"note"}},
		{"a quoted line break in the header", "\"a\nb\",cpu_load,downtime_ms\n1,75,120\n", []string{"a\nb"}},
		{"unnamed columns", ",,cpu_load,downtime_ms\n1,2,75,120\n", []string{"", ""}},
		{"words for unknown", "cpu_load,memory_usage,downtime_ms,at,status,rounds,method\n75,NA,120,null,N/A,NaN,#N/A\n", nil},
		{"empty cells", "cpu_load,memory_usage,downtime_ms,at,status\n75,,120, ,\n", nil},
	}
	for _, test := range tests {
		records, unknown, err := read(test.text)
		if err != nil || len(records) != 1 || !slices.Equal(unknown, test.unknown) {
			t.Errorf("%s: %d records, unknown %q, %v", test.name, len(records), unknown, err)
			continue
		}
		r := records[0]
		if r.Features.Known() != Of(CPULoad) || r.Features.Get(CPULoad) != 75 || r.Outcome.DowntimeMS != 120 ||
			!math.IsNaN(r.Outcome.TotalTimeMS) || !r.At.IsZero() || r.Group != "" {
			t.Errorf("%s: %+v", test.name, r)
		}
	}
}

func TestReadCSVSaysWhereAndWhatIsWrong(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"empty file", "", "f.csv: empty file: a header line with columns such as cpu_load is needed"},
		{"nothing but a mark", "\ufeff", "f.csv: empty file: a header line with columns such as cpu_load is needed"},
		{"half a mark", "\xef\xbb", `f.csv: no known column in the header, but "\xef\xbb"; columns are cpu_load, ... and ` +
			strings.Join(OutcomeColumns, ", ")},
		{"blank", "\n\n\n", "f.csv: empty file: a header line with columns such as cpu_load is needed"},
		{"no rows", "cpu_load,downtime_ms\n", "f.csv: no data rows: only a header was found"},
		{"no header", "75,68\n50,40\n", `f.csv: no known column in the header, but "75", "68"; columns are cpu_load, ... and ` +
			strings.Join(OutcomeColumns, ", ")},
		{"semicolons", "cpu_load;downtime_ms\n75;120\n", `f.csv: no known column in the header, but "cpu_load;downtime_ms" (separate the columns by commas); ` +
			"columns are cpu_load, ... and " + strings.Join(OutcomeColumns, ", ")},
		{"camel case", "cpuLoad,memoryMiB,rack\n75,120,b\n", `f.csv: no known column in the header, but "cpuLoad" (did you mean cpu_load?), ` +
			`"memoryMiB" (did you mean memory_mib?), "rack"; columns are cpu_load, ... and downtime_ms, total_time_ms, transferred_mib, rounds, status, group, at, source, site`},
		{"nothing but a group", "group\na\n", `f.csv: no known column in the header, but "group"; columns are cpu_load, ... and ` +
			strings.Join(OutcomeColumns, ", ")},
		{"a column twice", "cpu_load,mem,cpu_load\n1,2,3\n", `f.csv: column "cpu_load" stands twice in the header: remove one`},
		{"an unknown column twice", "cpu_load,a,a\n1,2,3\n", `f.csv: column "a" stands twice in the header: remove one`},
		{"too few cells", "cpu_load,downtime_ms\n75,120\n75\n", "f.csv: line 3 has 1 cells where the header has 2 columns: give each column a cell, an empty one for unknown"},
		{"too many cells", "cpu_load,downtime_ms\n75,120,5\n", "f.csv: line 2 has 3 cells where the header has 2 columns: give each column a cell, an empty one for unknown"},
		{"a bare quote", "cpu_load,downtime_ms\n75,12\"0\n", `f.csv: line 2, byte 6: bare " in non-quoted-field`},
		{"an open quote", "cpu_load,downtime_ms\n75,\"120\n80,130\n", `f.csv: line 3, byte 8: extraneous or missing " in quoted-field`},
		{"a bad cell", "cpu_load,downtime_ms\n75,120\nhigh,120\n", `f.csv: line 3, column cpu_load: must be a number, 0 to 100 %, not "high"`},
		{"out of bounds", "cpu_load,downtime_ms\n101,120\n", "f.csv: line 2, column cpu_load: must be 0 to 100 %, not 101"},
		{"1e400", "cpu_load\n1e400\n", `f.csv: line 2, column cpu_load: must be a number, 0 to 100 %, not "1e400"`},
		{"every bad cell of a row", "cpu_load,status,memory_usage\n101,ok,hot\n", `f.csv: line 2, column cpu_load: must be 0 to 100 %, not 101; ` +
			`column status: must be one of completed, forced, not_converged, failed, not "ok"; column memory_usage: must be a number, 0 to 100 %, not "hot"`},
		{"every bad row", "cpu_load,status\n101,\n5,\n7\nNA,ok\n", "f.csv: line 2, column cpu_load: must be 0 to 100 %, not 101\n" +
			"f.csv: line 4 has 1 cells where the header has 2 columns: give each column a cell, an empty one for unknown\n" +
			`f.csv: line 5, column status: must be one of completed, forced, not_converged, failed, not "ok"`},
		{"inf", "downtime_ms\ninf\n", `f.csv: line 2, column downtime_ms: must be a number that is not negative, not "inf"`},
		{"hexadecimal", "downtime_ms\n0x1p4\n", `f.csv: line 2, column downtime_ms: must be a number that is not negative, not "0x1p4"`},
		{"negative outcome", "rounds\n-1\n", `f.csv: line 2, column rounds: must be a number that is not negative, not "-1"`},
		{"a comma in a curve", "cpu_load,dirty_curve\n1,\"1:2,3:4\"\n",
			`f.csv: line 2, column dirty_curve: must be seconds:MiB pairs like 0.1:3.4;1:12, not "1:2,3:4"`},
		{"a line after a quoted break", "note,cpu_load\n\"a\nb\",75\n\"c\nd\ne\",x\n", `f.csv: line 6, column cpu_load: must be a number, 0 to 100 %, not "x"`},
		{"a group of two lines", "cpu_load,group\n75,\"a\nb\"\n", `f.csv: line 2, column group: must be one line of text, not "a\nb"`},
		{"bad status", "status\nok\n", `f.csv: line 2, column status: must be one of completed, forced, not_converged, failed, not "ok"`},
		{"bad time", "at,cpu_load\n2026-01-31,5\n", `f.csv: line 2, column at: must be a time like 2026-01-31T12:00:00Z, not "2026-01-31"`},
	}
	for _, test := range tests {
		records, _, err := read(test.text)
		if records != nil || errorText(err) != test.want {
			t.Errorf("%s: %d records\ngot  %v\nwant %s", test.name, len(records), err, test.want)
		}
	}
}

func TestReadCSVErrorsCanBeTold(t *testing.T) {
	if _, _, err := read("cpu_load\n"); !errors.Is(err, ErrEmpty) {
		t.Error(err)
	}
	if _, _, err := read("a,b\n1,2\n"); !errors.Is(err, ErrNoColumns) {
		t.Error(err)
	}
}

func TestGroupColumn(t *testing.T) {
	const text = "workload,group,cpu_load,downtime_ms\nredis,g,75,120\n"
	tests := []struct {
		column, group, want string
		unknown             []string
	}{
		{"", "g", "", []string{"workload"}},
		{"group", "g", "", []string{"workload"}},
		{"workload", "redis", "", []string{"group"}},
		{"cpu_load", "75", "", []string{"workload", "group"}},
		{"vm", "", `f.csv: no group column "vm" in the header ("workload, group, cpu_load, downtime_ms")`, nil},
	}
	for _, test := range tests {
		records, unknown, err := ReadCSV(strings.NewReader(text), CSVOptions{Name: "f.csv", GroupColumn: test.column})
		if errorText(err) != test.want || !slices.Equal(unknown, test.unknown) {
			t.Errorf("%q: unknown %q, %v", test.column, unknown, err)
		} else if err == nil && (records[0].Group != test.group || records[0].Features.Known().Has(CPULoad) == (test.column == "cpu_load")) {
			t.Errorf("%q: %+v", test.column, records[0])
		}
	}
}

// Groups and sites have names, of which NA is one; nothing else has.
func TestNAIsAName(t *testing.T) {
	records, _, err := read("cpu_load,group,site\nNA,NA,na\n")
	if err != nil || records[0].Group != "NA" || records[0].Site != "na" || records[0].Features.Known() != 0 {
		t.Errorf("%+v, %v", records, err)
	}
}

// A faulty row does not hide the next, and an error of many names the first of them.
func TestReadingGoesOnAfterAFaultyRow(t *testing.T) {
	c, err := NewCSVReader(strings.NewReader("cpu_load,memory_usage\n175,hot\n5,6\n7\n8,9\n"), CSVOptions{Name: "f.csv"})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		line, faults int
		cells        []string
	}{{2, 2, []string{"175", "hot"}}, {0, 0, []string{"5", "6"}}, {4, 1, []string{"7"}}, {0, 0, []string{"8", "9"}}} {
		_, err := c.Read()
		var fault *RowError
		if errors.As(err, &fault) != (want.faults > 0) || fault != nil && (fault.Line != want.line || len(fault.Faults) != want.faults) {
			t.Errorf("%+v, want %+v", err, want)
		}
		if !slices.Equal(c.Cells(), want.cells) {
			t.Errorf("cells %q, want %q", c.Cells(), want.cells)
		}
	}
	if _, err := c.Read(); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
	_, _, err = read("cpu_load\n" + strings.Repeat("175\n", 1000))
	if lines := strings.Split(errorText(err), "\n"); len(lines) != mostRowErrors+1 || lines[mostRowErrors] != "f.csv: 980 more rows have faults" {
		t.Errorf("%d lines, the last %q", len(lines), lines[len(lines)-1])
	}
}

// Sites that are to be kept whole are groups, and sites all the same.
func TestSitesAsGroups(t *testing.T) {
	const text = "cpu_load,group,site\n75,vm-1, rack 4 \n"
	for column, want := range map[string]string{"": "vm-1", "group": "vm-1", "site": "rack 4"} {
		records, _, err := ReadCSV(strings.NewReader(text), CSVOptions{Name: "f.csv", GroupColumn: column})
		if err != nil || records[0].Group != want || records[0].Site != "rack 4" {
			t.Errorf("by %q: %+v, %v", column, records, err)
		}
	}
}

func TestReaderGoesRowByRow(t *testing.T) {
	c, err := NewCSVReader(strings.NewReader("rack, cpu_load\nr1, 5\nr2,6\n"), CSVOptions{Name: "f.csv"})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(c.Header(), []string{"rack", "cpu_load"}) || !c.Has("rack") || c.Has("mem") || !slices.Equal(c.Unknown(), []string{"rack"}) {
		t.Errorf("header %q, unknown %q", c.Header(), c.Unknown())
	}
	for _, want := range [][]string{{"r1", " 5"}, {"r2", "6"}} {
		if _, err := c.Read(); err != nil || !slices.Equal(c.Cells(), want) {
			t.Errorf("%q, %v", c.Cells(), err)
		}
	}
	for range 2 {
		if _, err := c.Read(); !errors.Is(err, io.EOF) {
			t.Error(err)
		}
	}
}

// endless repeats text for ever, or until most bytes were read, and counts them.
type endless struct {
	text       string
	most, read int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.read >= e.most {
		return 0, io.EOF
	}
	n := min(len(p), e.most-e.read)
	for i := range n {
		p[i] = e.text[(e.read+i)%len(e.text)]
	}
	e.read += n
	return n, nil
}

func TestHostileFilesAreRefusedEarly(t *testing.T) {
	const tooLong = " is longer than 1048576 bytes: not a table of migrations, or a quotation mark is left open"
	tests := []struct {
		name, head, text string
		want             string
	}{
		{"10 million columns", "", "a,", "read f.csv: line 1" + tooLong},
		{"one endless name", "", "a", "read f.csv: line 1" + tooLong},
		{"one endless row", "cpu_load\n1\n", "1,", "read f.csv: line 3" + tooLong},
		{"a quotation mark left open", "cpu_load,group\n1,\"", "2,b\n", "read f.csv: line 2" + tooLong},
		{"zeros", "", "\x00", "read f.csv: line 1" + tooLong},
	}
	for _, test := range tests {
		source := &endless{text: test.text, most: 20_000_000}
		records, _, err := ReadCSV(io.MultiReader(strings.NewReader(test.head), source), CSVOptions{Name: "f.csv"})
		if records != nil || errorText(err) != test.want {
			t.Errorf("%s: %.300v", test.name, err)
		}
		if source.read > 2<<20 {
			t.Errorf("%s: %d bytes were read", test.name, source.read)
		}
	}
}

func TestManyColumns(t *testing.T) {
	names := func(n int) string {
		return "cpu_load" + strings.Repeat(",", n-1) + "\n5" + strings.Repeat(",", n-1) + "\n"
	}
	if _, _, err := read(names(5000)); errorText(err) != "f.csv: header has 5000 columns; at most 4096 are read" {
		t.Errorf("%.200v", err)
	}
	if records, _, err := read(names(4096)); err != nil || len(records) != 1 {
		t.Errorf("%.200v", err)
	}
}

func TestALineOfOneMebibyte(t *testing.T) {
	for _, test := range []struct {
		bytes int
		fits  bool
	}{{maxLineBytes, true}, {maxLineBytes + 1, false}} {
		row := strings.Repeat("x", test.bytes-len(",5")) + ",5\n"
		records, _, err := read("note,cpu_load\n" + row + row)
		if test.fits != (err == nil) || test.fits != (len(records) == 2) {
			t.Errorf("%d bytes: %d records, %v", test.bytes, len(records), err)
		}
	}
}

func TestReadCSVReportsAFailingDisk(t *testing.T) {
	broken := errors.New("input/output error")
	for _, text := range []string{"", "\xef", "cpu", "cpu_load\n", "cpu_load\n5\n6\n"} {
		records, _, err := ReadCSV(io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken)), CSVOptions{Name: "f.csv"})
		if records != nil || errorText(err) != "read f.csv: input/output error" || !errors.Is(err, broken) {
			t.Errorf("after %q: %d records, %v", text, len(records), err)
		}
	}
}

func TestReadCSVInSmallPieces(t *testing.T) {
	text := "\ufeff" + written(t, goldenRecords())
	for name, r := range map[string]io.Reader{
		"bytes": iotest.OneByteReader(strings.NewReader(text)), "data with EOF": iotest.DataErrReader(strings.NewReader(text)),
	} {
		if records, _, err := ReadCSV(r, CSVOptions{Name: "f.csv"}); err != nil || !slices.EqualFunc(records, goldenRecords(), sameRecord) {
			t.Errorf("%s: %+v, %v", name, records, err)
		}
	}
}

func FuzzReadCSV(f *testing.F) {
	f.Add(written(f, goldenRecords()))
	for _, seed := range []string{
		"", "\ufeff", "cpu_load\n", "cpu_load\n75\n", "cpu_load,cpu_load\n1,2\n", "cpu_load\r\n1e400\r\n", "group,cpu_load\n\"a\r\nb\",1\n",
		"at\n9999-12-31T23:59:59-01:00\n", "at\n0001-01-01T00:00:00.5Z\n", "dirty_curve\n0.1:3.4;1:12\n", "dirty_curve\n1:0x1\n",
		"cpu_load\n-0\n", "cpu_load,note\n1,\"a\nb\"\n", "downtime_ms,status\n1e-320,forced\n", "auto_converge\nTRUE\n", ",,\n1,2,3\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		records, _, err := read(text)
		if err != nil {
			for line := range strings.SplitSeq(err.Error(), "\n") { // one for each faulty row
				if strings.Contains(line, "\r") || !strings.Contains(line, "f.csv") || records != nil {
					t.Errorf("%d records with the error %q", len(records), err)
				}
			}
			return
		}
		for _, r := range records {
			if faults := r.Features.CheckBounds(); faults != nil {
				t.Error(faults)
			}
		}
		again, unknown, err := read(written(t, records))
		if err != nil || len(unknown) > 0 || !slices.EqualFunc(again, records, sameRecord) {
			t.Errorf("read %+v, read again %+v, %v", records, again, err)
		}
	})
}

func BenchmarkReadCSV(b *testing.B) {
	text := written(b, slices.Repeat(goldenRecords(), 1000))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, _, err := read(text); err != nil {
			b.Fatal(err)
		}
	}
}
