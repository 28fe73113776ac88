package cmd

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"vmmp/cmd/internal/page/pagetest"
	"vmmp/pkg/migration"
)

// endless is a line that goes on for ever, and knows how much of it was read.
type endless struct {
	text string
	read int
}

func (r *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = r.text[(r.read+i)%len(r.text)]
	}
	r.read += len(p)
	return len(p), nil
}

// Input that is no table of migrations is refused before it fills the memory.
func TestHostileInput(t *testing.T) {
	const mostRead, mostAllocated = 4 << 20, 256 << 20 // a line of 1 MiB may be a million empty cells
	for name, c := range map[string]struct {
		format, begins string
		goes           endless
	}{
		"ten million columns":    {"csv", "", endless{text: "column,"}},
		"columns without a name": {"csv", "", endless{text: ","}},
		"a cell without end":     {"csv", "cpu_load\n", endless{text: "7"}},
		"an open quotation mark": {"csv", "cpu_load\n\"", endless{text: "7\n"}},
		"a line without end":     {"ndjson", "", endless{text: "{"}},
		"an array without end":   {"ndjson", `{"dirty_curve":[`, endless{text: `{"seconds":1,"mib":1},`}},
		"nothing but zeroes":     {"csv", "", endless{text: "\x00"}},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		fake := newFakeEnv("predict", "--input", "-", "--format", c.format)
		fake.stdin = io.MultiReader(strings.NewReader(c.begins), &c.goes)
		fake.exits(t, exitUsage)
		runtime.ReadMemStats(&after)
		if allocated := after.TotalAlloc - before.TotalAlloc; allocated > mostAllocated || c.goes.read > mostRead {
			t.Errorf("%s: %d bytes read, %d allocated", name, c.goes.read, allocated)
		}
		if told := fake.errs.String(); strings.Count(told, "\n") != 1 || !strings.Contains(told, "standard input") || fake.out.Len() > 0 {
			t.Errorf("%s: told %q", name, told)
		}
	}
}

// The number of a line that is too long counts the empty ones before it.
func TestLongLineIsNamed(t *testing.T) {
	c := newFakeEnv("predict", "--input", "-", "--format", "ndjson")
	c.stdin = strings.NewReader("{}\n\n\n" + strings.Repeat(" ", 1<<20+1))
	c.exits(t, exitUsage)
	if got, want := c.errs.String(), "vmmp: standard input: line 4 is longer than 1048576 bytes: one migration a line is expected\n"; got != want {
		t.Errorf("stderr %q, want %q", got, want)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, errPlain }

func TestBrokenInput(t *testing.T) {
	for _, format := range []string{"csv", "ndjson"} {
		c := newFakeEnv("predict", "--input", "-", "--format", format)
		c.stdin = broken{}
		c.exits(t, exitUsage)
		if got, want := c.errs.String(), "vmmp: read standard input: disk on fire\n"; got != want {
			t.Errorf("%s: stderr %q, want %q", format, got, want)
		}
	}
}

// Rows that are written can be read again, and are answered the same in any form.
func TestRowsSurviveEveryForm(t *testing.T) {
	var rows bytes.Buffer
	if err := migration.WriteCSV(&rows, []migration.Record{
		{Features: pagetest.Features(t), Outcome: migration.UnknownOutcome(), Group: "a, \"b\""},
		{Outcome: migration.UnknownOutcome()},
	}); err != nil {
		t.Fatal(err)
	}
	first := newFakeEnv("predict", "--input", "-")
	first.stdin = bytes.NewReader(rows.Bytes())
	first.exits(t, exitOK)
	again := newFakeEnv("predict", "--input", "-")
	again.stdin = strings.NewReader(first.out.String())
	again.exits(t, exitOK)
	if !strings.Contains(again.errs.String(), "left out unknown columns: predicted_downtime") {
		t.Errorf("stderr: %s", again.errs.String())
	}
	before, after := strings.Split(first.out.String(), "\n"), strings.Split(again.out.String(), "\n")
	for i := range before {
		own := before[i][len(strings.Split(rows.String(), "\n")[i]):] // what was appended
		if before[i] != "" && after[i] != before[i]+own {
			t.Errorf("row %d is answered %s, then %s", i, before[i], after[i])
		}
	}
}

// Many rows are answered in order, a chunk at a time.
func TestManyRowsKeepTheirOrder(t *testing.T) {
	var in strings.Builder
	in.WriteString("name,cpu_load\n")
	const rows = 2*chunk + 3
	for i := range rows {
		fmt.Fprintf(&in, "vm-%d,%d\n", i, i%100)
	}
	c := newFakeEnv("predict", "--input", "-")
	c.stdin = strings.NewReader(in.String())
	c.exits(t, exitOK)
	lines := strings.Split(strings.TrimSpace(c.out.String()), "\n")
	if len(lines) != rows+1 {
		t.Fatalf("%d lines", len(lines))
	}
	answers := map[string]string{}
	for i, line := range lines[1:] {
		start := fmt.Sprintf("vm-%d,%d,", i, i%100)
		answer, found := strings.CutPrefix(line, start)
		if !found {
			t.Fatalf("line %d is %q, want it to begin with %q", i+2, line, start)
		}
		key := fmt.Sprint(i % 100)
		if known, seen := answers[key]; seen && known != answer {
			t.Fatalf("CPU load %s is answered in two ways: %s and %s", key, known, answer)
		}
		answers[key] = answer
	}
}
