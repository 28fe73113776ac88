package cmd

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"math"
	"os"
	"os/exec"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptExits runs a program that must end with an exit code:
//
//	exits 2 vmmp predict --cpu 101 --mem 50
func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM [ARGUMENT...]")
	}
	err, code := ts.Exec(args[1], args[2:]...), 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("run %s: %v", args[1], err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// scriptFault checks how the last program told its faults: nothing on standard
// output, and on standard error one line for each pattern, in order.
//
//	fault '--cpu must be 0 to 100 %, not 101'
func scriptFault(ts *testscript.TestScript, neg bool, patterns []string) {
	if neg || len(patterns) == 0 {
		ts.Fatalf("usage: fault PATTERN...")
	}
	if out := ts.ReadFile("stdout"); out != "" {
		ts.Fatalf("standard output is not empty: %q", out)
	}
	lines := strings.Split(strings.TrimSuffix(ts.ReadFile("stderr"), "\n"), "\n")
	if len(lines) != len(patterns) {
		ts.Fatalf("%d lines on standard error, want %d:\n%s", len(lines), len(patterns), strings.Join(lines, "\n"))
	}
	for i, line := range lines {
		told, prefixed := strings.CutPrefix(line, "vmmp: ")
		if !prefixed || !regexp.MustCompile(patterns[i]).MatchString(told) {
			ts.Fatalf("line %d of standard error is %q, want vmmp: and %q", i+1, line, patterns[i])
		}
	}
}

// scriptJSON checks one value of a JSON document, or of line N of many:
//
//	json stdout interval.level is 0.9
//	json stdout:2 warnings.0 matches 'unknown field'
//	json report.json test.r2 between -1 1
//	json stdout model has id bytes path
//	json stdout hints length 1
//	json stdout cv absent
func scriptJSON(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: json FILE[:LINE] PATH CHECK...")
	}
	name, line, numbered := strings.Cut(args[0], ":")
	text := ts.ReadFile(name)
	if numbered {
		text = nth(ts, strings.Split(strings.TrimSpace(text), "\n"), line)
	}
	var document any
	ts.Check(json.Unmarshal([]byte(text), &document))
	value, found := follow(document, args[1])
	if args[2] == "absent" {
		if found {
			ts.Fatalf("%s is there: %v", args[1], value)
		}
		return
	}
	if !found {
		ts.Fatalf("no %s in %s", args[1], text)
	}
	checkValue(ts, args[1], value, args[2:])
}

// follow walks a path such as importance.0.feature; "." is the document.
func follow(v any, path string) (any, bool) {
	if path == "." {
		return v, true
	}
	for step := range strings.SplitSeq(path, ".") {
		switch in := v.(type) {
		case map[string]any:
			value, ok := in[step]
			if !ok {
				return nil, false
			}
			v = value
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(in) {
				return nil, false
			}
			v = in[i]
		default:
			return nil, false
		}
	}
	return v, true
}

// scriptCell checks a cell of a CSV file, the rows counted from 1 below the
// header; the header itself is row 0, of which the column is not named.
//
//	cell stdout 1 predicted_downtime between 0 1e9
//	cell stdout 2 note is 'as it was, "quoted"'
func scriptCell(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 4 {
		ts.Fatalf("usage: cell FILE ROW COLUMN CHECK...")
	}
	rows, err := csv.NewReader(strings.NewReader(ts.ReadFile(args[0]))).ReadAll()
	ts.Check(err)
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	column := slices.Index(rows[0], args[2])
	if column < 0 || n < 1 || n >= len(rows) {
		ts.Fatalf("no column %s or no row %d in %v", args[2], n, rows)
	}
	var value any = rows[n][column]
	if v, err := strconv.ParseFloat(rows[n][column], 64); err == nil && args[3] == "between" {
		value = v
	}
	checkValue(ts, args[2], value, args[3:])
}

// scriptSameCells checks that two CSV files say the same in the named columns.
//
//	samecells before.csv stdout predicted_downtime confidence
func scriptSameCells(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: samecells FILE FILE COLUMN...")
	}
	var said [2][]string
	for i, file := range args[:2] {
		rows, err := csv.NewReader(strings.NewReader(ts.ReadFile(file))).ReadAll()
		ts.Check(err)
		for _, name := range args[2:] {
			column := slices.Index(rows[0], name)
			if column < 0 || len(rows) < 2 {
				ts.Fatalf("no column %s or no row in %v", name, rows)
			}
			for _, row := range rows {
				said[i] = append(said[i], row[column])
			}
		}
	}
	if !slices.Equal(said[0], said[1]) {
		ts.Fatalf("%s says %q, %s %q", args[0], said[0], args[1], said[1])
	}
}

// checkValue applies one check: is, matches, between, has or length.
func checkValue(ts *testscript.TestScript, name string, value any, check []string) {
	verb, operands := check[0], check[1:]
	holds := false
	switch {
	case verb == "is" && len(operands) == 1:
		var want any = operands[0]
		if _, text := value.(string); !text {
			ts.Check(json.Unmarshal([]byte(operands[0]), &want))
		}
		holds = reflect.DeepEqual(value, want)
	case verb == "matches" && len(operands) == 1:
		text, ok := value.(string)
		holds = ok && regexp.MustCompile(operands[0]).MatchString(text)
	case verb == "between" && len(operands) == 2:
		v, ok := value.(float64)
		low, high := parseFloat(ts, operands[0]), parseFloat(ts, operands[1])
		holds = ok && low <= v && v <= high && !math.IsNaN(v)
	case verb == "has" && len(operands) > 0:
		object, ok := value.(map[string]any)
		var keys []string
		for key := range object {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		slices.Sort(operands)
		holds = ok && slices.Equal(keys, operands)
	case verb == "length" && len(operands) == 1:
		list, ok := value.([]any)
		holds = ok && strconv.Itoa(len(list)) == operands[0]
	default:
		ts.Fatalf("no such check: %v", check)
	}
	if !holds {
		ts.Fatalf("%s is %v, want %v", name, value, check)
	}
}

func parseFloat(ts *testscript.TestScript, text string) float64 {
	v, err := strconv.ParseFloat(text, 64)
	ts.Check(err)
	return v
}

// nth is the line of a number that counts from 1.
func nth(ts *testscript.TestScript, lines []string, number string) string {
	n, err := strconv.Atoi(number)
	ts.Check(err)
	if n < 1 || n > len(lines) {
		ts.Fatalf("no line %d of %d", n, len(lines))
	}
	return lines[n-1]
}

// scriptDamage copies a model file with a fault in it:
//
//	damage cut model.vmmp cut.vmmp       loses its second half
//	damage flip model.vmmp flipped.vmmp  one bit in the middle is another
//	damage future model.vmmp new.vmmp    says that it has format version 99
func scriptDamage(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: damage KIND FROM TO")
	}
	data := []byte(ts.ReadFile(args[1]))
	switch args[0] {
	case "cut":
		data = data[:len(data)/2]
	case "flip":
		data[len(data)/2] ^= 1
	case "future":
		const versionAt = 8 // after the magic
		data[versionAt] = 99
	default:
		ts.Fatalf("no such damage: %s", args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), data, 0o644))
}

// scriptListing checks that a folder holds just the named files, hidden ones
// included: nothing temporary is left over.
func scriptListing(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: listing FOLDER [NAME...]")
	}
	entries, err := os.ReadDir(ts.MkAbs(args[0]))
	ts.Check(err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	slices.Sort(args[1:])
	if !slices.Equal(names, args[1:]) {
		ts.Fatalf("%s holds %v, want %v", args[0], names, args[1:])
	}
}
