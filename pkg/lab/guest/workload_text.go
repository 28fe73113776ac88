package guest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// workloadField is a key of a workload's text form. Where it is zero, an optional one is not written.
type workloadField struct {
	key      string
	write    func(Workload) string
	read     func(*Workload, string) error
	optional bool
}

// workloadFields is the text form of a workload, key by key in the order of writing.
var workloadFields = []workloadField{
	{"cpu", func(w Workload) string { return number(w.CPU) },
		func(w *Workload, s string) error { return readNumber(&w.CPU, s) }, false},
	{"resident", func(w Workload) string { return strconv.Itoa(w.ResidentMiB) },
		func(w *Workload, s string) error { return readCount(&w.ResidentMiB, s) }, false},
	{"content", func(w Workload) string { return string(w.Content) },
		func(w *Workload, s string) error { w.Content = Content(s); return nil }, false},
	{"dirty", func(w Workload) string { return number(w.DirtyRate) },
		func(w *Workload, s string) error { return readNumber(&w.DirtyRate, s) }, false},
	{"ws", func(w Workload) string { return strconv.Itoa(w.WorkingSetMiB) },
		func(w *Workload, s string) error { return readCount(&w.WorkingSetMiB, s) }, false},
	{"pattern", func(w Workload) string { return string(w.Pattern) },
		func(w *Workload, s string) error { w.Pattern = Pattern(s); return nil }, false},
	{"disk", func(w Workload) string { return number(w.DiskMBs) },
		func(w *Workload, s string) error { return readNumber(&w.DiskMBs, s) }, false},
	{"hot", func(w Workload) string { return strconv.Itoa(w.HotMiB) },
		func(w *Workload, s string) error { return readCount(&w.HotMiB, s) }, true},
	{"hotdirty", func(w Workload) string { return number(w.HotRate) },
		func(w *Workload, s string) error { return readNumber(&w.HotRate, s) }, true},
	{"layout", func(w Workload) string { return string(w.Layout) },
		func(w *Workload, s string) error { w.Layout = Layout(s); return nil }, true},
	{"freed", func(w Workload) string { return strconv.Itoa(w.FreedMiB) },
		func(w *Workload, s string) error { return readCount(&w.FreedMiB, s) }, true},
	{"changed", func(w Workload) string { return strconv.Itoa(w.ChangedWords) },
		func(w *Workload, s string) error { return readCount(&w.ChangedWords, s) }, true},
}

// String returns the workload in one line, which ParseWorkload reads back without loss:
//
//	cpu=0.5 resident=200 content=random dirty=40 ws=64 pattern=uniform disk=0
func (w Workload) String() string {
	var words []string
	for _, f := range workloadFields {
		if text := f.write(w); !f.optional || text != f.write(Workload{}) {
			words = append(words, f.key+"="+text)
		}
	}
	return strings.Join(words, " ")
}

// ParseWorkload returns the workload that a text in the form of String describes. The keys may come in any order. It
// returns an error if one is missing, unknown or given twice, or if the workload is not valid.
func ParseWorkload(text string) (Workload, error) {
	var w Workload
	values, err := keyValues(text)
	if err != nil {
		return Workload{}, fmt.Errorf("read workload: %w", err)
	}
	for _, f := range workloadFields {
		value, ok := values[f.key]
		if !ok && f.optional {
			continue
		}
		if !ok {
			return Workload{}, fmt.Errorf("read workload: %s is missing; write it as in %q", f.key, exampleWorkload)
		}
		if err := f.read(&w, value); err != nil {
			return Workload{}, fmt.Errorf("read workload: %s: %w", f.key, err)
		}
		delete(values, f.key)
	}
	for key := range values {
		return Workload{}, fmt.Errorf("read workload: unknown key %q; write it as in %q", key, exampleWorkload)
	}
	return w, w.Validate()
}

// exampleWorkload shows the form in errors.
const exampleWorkload = "cpu=0.5 resident=200 content=random dirty=40 ws=64 pattern=uniform disk=0"

// keyValues splits a line of key=value words; a key that comes twice is an error.
func keyValues(line string) (map[string]string, error) {
	values := map[string]string{}
	for _, word := range strings.Fields(line) {
		key, value, ok := strings.Cut(word, "=")
		if !ok {
			return nil, fmt.Errorf("%q is no key=value", word)
		}
		if _, twice := values[key]; twice {
			return nil, fmt.Errorf("%s is given twice", key)
		}
		values[key] = value
	}
	return values, nil
}

// number returns the shortest text that reads back as v.
func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

func readNumber(dst *float64, text string) (err error) {
	if *dst, err = strconv.ParseFloat(text, 64); err != nil {
		return fmt.Errorf("%q is no number: %w", text, errors.Unwrap(err))
	}
	return nil
}

func readCount(dst *int, text string) (err error) {
	if *dst, err = strconv.Atoi(text); err != nil {
		return fmt.Errorf("%q is no whole number: %w", text, errors.Unwrap(err))
	}
	return nil
}
