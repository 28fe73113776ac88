package rows

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

const job = "Job type:         Unbounded\nMemory total:     2.000 GiB\n"

// read reads a file that is in order as a whole.
func read(t *testing.T, text string, o Options) *File {
	t.Helper()
	f, err := Read(strings.NewReader(text), o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// What a file holds decides, and where that says nothing its name.
func TestSniff(t *testing.T) {
	for _, test := range []struct{ text, name, want string }{
		{job, "job.txt", "domjobinfo"}, {job, "job.csv", "domjobinfo"}, {job, "standard input", "domjobinfo"},
		{"cpu_load\n75\n", "a.txt", CSV}, {`{"cpu_load": 75}`, "a.ndjson", NDJSON}, {`{"cpu_load": 75}`, "a.JSONL", NDJSON},
		{`{"cpu_load": 75}`, "a.csv", CSV}, {"", "", CSV}, {strings.Repeat("x", 3*headBytes), "a", CSV},
	} {
		format, whole := Sniff(strings.NewReader(test.text), test.name)
		text, err := io.ReadAll(whole)
		if format != test.want || string(text) != test.text || err != nil {
			t.Errorf("%s, %.20q: %s, %d of %d bytes, %v", test.name, test.text, format, len(text), len(test.text), err)
		}
	}
	for _, f := range Formats {
		if !IsFormat(f) {
			t.Errorf("%s is none", f)
		}
	}
	if IsFormat("") || IsFormat("json") {
		t.Error("nothing and json are formats")
	}
}

// A file that cannot be read says so, whatever it would have been.
func TestReadFails(t *testing.T) {
	broken := iotest.ErrReader(io.ErrClosedPipe)
	for _, format := range append([]string{""}, Formats...) {
		if _, err := Read(broken, Options{Name: "f", Format: format}); err == nil || !strings.Contains(err.Error(), "f") {
			t.Errorf("%s: %v", format, err)
		}
	}
	if _, err := Read(io.MultiReader(strings.NewReader(job), broken), Options{Name: "f"}); err == nil {
		t.Error("a file that breaks off is read")
	}
}

func TestPrintout(t *testing.T) {
	f := read(t, job+"Job type:         None\n"+job, Options{Name: "jobs", Zone: time.UTC})
	if f.Form() != CSV || len(f.Rows) != 3 || len(f.Faults()) != 1 || f.Rows[0].Report == nil {
		t.Fatalf("%+v", f)
	}
	if got := strings.Join(f.Header, ","); got != "memory_mib" {
		t.Errorf("header %s", got)
	}
	for i, want := range []string{"2048", "", "2048"} {
		if got := strings.Join(f.Rows[i].Cells, ","); got != want {
			t.Errorf("row %d has %q, want %q", i, got, want)
		}
	}
	if w := f.Rows[0].Warnings(); len(w) != 1 || !strings.HasPrefix(w[0], "the migration is under way") {
		t.Errorf("warnings %q", w)
	}
	if got := f.Faults().Err().Error(); !strings.HasPrefix(got, "jobs: line 3: says that no job is under way") {
		t.Errorf("fault %q", got)
	}
	f = read(t, "Domain: 'web'\n  state.state=1\n", Options{Name: "f"})
	if fault := f.Rows[0].Fault; fault == nil || fault.Error() != "f: line 1: tells nothing of the VM" {
		t.Errorf("fault %v", fault)
	}
}

func TestNames(t *testing.T) {
	for text, want := range map[string]Row{
		`{"name": "web", "id": 7, "cpu_load": 1}`:         {Name: "web", ID: "7"},
		`{"name": null, "cpu_load": 1}`:                   {},
		`{"name": "a\"b", "id": {"x": 1}, "cpu_load": 1}`: {Name: `a"b`, ID: `{"x":1}`},
	} {
		f := read(t, text, Options{Format: NDJSON})
		if r := f.Rows[0]; r.Name != want.Name || r.ID != want.ID || len(r.Unknown) != 0 {
			t.Errorf("%s: %+v", text, r)
		}
	}
	f := read(t, "id,cpu_load,rack,name\n7,5,b,web\n", Options{Format: CSV})
	if r := f.Rows[0]; r.Name != "web" || r.ID != "7" || len(f.Unknown) != 1 {
		t.Errorf("%+v, unknown %v", r, f.Unknown)
	}
}

// Whatever a name holds, an answer with it is one JSON object on one line.
func TestNamesInJSON(t *testing.T) {
	for _, name := range []string{"web", `a"b`, "two\nlines", "ü", "\xff"} {
		row := Row{Name: name, ID: "1", Fault: &migration.RowError{Faults: migration.Faults{{Message: "is wrong"}}}}
		var b bytes.Buffer
		w, err := NewWriter(&b, NDJSON, &File{}, false)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(&row, nil); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		var got struct{ ID, Name, Status string }
		if err := json.Unmarshal(b.Bytes(), &got); err != nil || got.Name != strings.ToValidUTF8(name, "\ufffd") || got.ID != "1" ||
			got.Status != "error" || strings.Count(b.String(), "\n") != 1 {
			t.Errorf("%q: %s, %v", name, b.String(), err)
		}
	}
	text, err := answer(&Row{}, &prediction.Prediction{Status: "success"})
	if err != nil || !strings.HasPrefix(string(text), `{"predicted_downtime":`) {
		t.Errorf("without a name: %s, %v", text, err)
	}
}
