package model

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"slices"
	"strings"
	"testing"

	"vmmp/pkg/migration"
	"vmmp/pkg/model/internal/estimate"
	"vmmp/pkg/model/internal/modeltest"
)

// refused fails the test unless file is refused by one of the sentinels, in one
// line.
func refused(t testing.TB, what string, file []byte, want ...error) {
	t.Helper()
	m, err := Decode(file)
	if m != nil || err == nil || !slices.ContainsFunc(want, func(w error) bool { return errors.Is(err, w) }) {
		t.Errorf("%s: error %v, want %v", what, err, want)
		return
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("%s: more than one line: %q", what, err)
	}
}

func TestTruncatedFilesAreRefused(t *testing.T) {
	file := fileOf(t, tiny())
	for n := range preamble {
		refused(t, fmt.Sprintf("%d bytes", n), file[:n], ErrNotModel)
	}
	for i := range 16 {
		n := max(preamble, i*len(file)/16)
		refused(t, fmt.Sprintf("%d bytes", n), file[:n], ErrDamaged)
	}
	refused(t, "the last byte missing", file[:len(file)-1], ErrDamaged)
	refused(t, "a byte more", append(slices.Clone(file), 0), ErrDamaged)
	refused(t, "twice", append(slices.Clone(file), file...), ErrDamaged)
}

func TestFlippedBitsAreRefused(t *testing.T) {
	file := fileOf(t, tiny())
	flip := func(at, bit int) {
		file[at] ^= 1 << bit
		want := ErrDamaged
		switch {
		case at < len(magic):
			want = ErrNotModel
		case at < len(magic)+4:
			want = ErrVersion
		}
		refused(t, fmt.Sprintf("bit %d of byte %d flipped", bit, at), file, want)
		file[at] ^= 1 << bit
	}
	for at := range preamble {
		for bit := range 8 {
			flip(at, bit)
		}
	}
	const flips = 200
	for i := range flips {
		flip(preamble+i*(len(file)-preamble)/flips, i%8)
	}
	flip(len(file)-1, 7)
	if _, err := Decode(file); err != nil {
		t.Errorf("the file itself: %v", err)
	}
}

func TestFutureVersionIsNamed(t *testing.T) {
	file := slices.Clone(fileOf(t, tiny()))
	binary.LittleEndian.PutUint32(file[len(magic):], formatVersion+6)
	_, err := Decode(file)
	if !errors.Is(err, ErrVersion) || !strings.Contains(err.Error(), fmt.Sprintf("version %d,", formatVersion+6)) ||
		!strings.Contains(err.Error(), fmt.Sprintf("version %d;", formatVersion)) {
		t.Errorf("error %v", err)
	}
}

// forged is a file in parts, to be put together otherwise.
type forged struct {
	header  map[string]any
	forests [][]byte
}

func forge(t testing.TB, m *Model) forged {
	t.Helper()
	file := fileOf(t, m)
	body := file[preamble : len(file)-sha256.Size]
	length := binary.LittleEndian.Uint32(file[len(magic)+4:])
	var f forged
	if err := json.Unmarshal(body[:length], &f.header); err != nil {
		t.Fatal(err)
	}
	for body = body[length:]; len(body) > 0; {
		n := 8 + binary.LittleEndian.Uint64(body)
		f.forests, body = append(f.forests, body[:n]), body[n:]
	}
	return f
}

// file puts the parts together, with a checksum that holds.
func (f *forged) file(t testing.TB) []byte {
	t.Helper()
	text, err := json.Marshal(f.header)
	if err != nil {
		t.Fatal(err)
	}
	return assemble(text, bytes.Join(f.forests, nil))
}

func assemble(header, forests []byte) []byte {
	file := binary.LittleEndian.AppendUint32([]byte(magic), formatVersion)
	file = binary.LittleEndian.AppendUint32(file, uint32(len(header)))
	file = append(append(file, header...), forests...)
	sum := sha256.Sum256(file)
	return append(file, sum[:]...)
}

func TestForgedFilesAreReadAtAll(t *testing.T) {
	f := forge(t, tiny())
	m, err := Decode(f.file(t))
	if err != nil {
		t.Fatal(err)
	}
	modeltest.Check(t, m.Predict(modeltest.VM(), Options{}))
}

func TestAnotherFeatureSetIsRefused(t *testing.T) {
	for name, change := range map[string]func(h map[string]any){
		"a column of another name": func(h map[string]any) { h["columns"].([]any)[0] = "cpu" },
		"a column more":            func(h map[string]any) { h["columns"] = append(h["columns"].([]any), "more") },
		"no columns":               func(h map[string]any) { delete(h, "columns") },
		"a feature less":           func(h map[string]any) { h["schema"] = h["schema"].([]any)[1:] },
		"no schema":                func(h map[string]any) { h["schema"] = nil },
		"another unit":             func(h map[string]any) { h["schema"].([]any)[5].(map[string]any)["unit"] = "GiB" },
		"another feature":          func(h map[string]any) { h["schema"].([]any)[5].(map[string]any)["name"] = "memory_gib" },
		"an unknown usual one":     func(h map[string]any) { expertIn(h)["usual"] = []string{"cpu_load", "colour"} },
		"nothing":                  func(h map[string]any) { clear(h) },
	} {
		f := forge(t, tiny())
		change(f.header)
		refused(t, name, f.file(t), ErrFeatureSet)
	}
}

// A model that was made before the last features were added is read: no row that it learned from knew them.
func TestLaterFeaturesMayBeMissing(t *testing.T) {
	m := tiny()
	f := forge(t, m)
	if n := len(f.header["schema"].([]any)); n != estimate.LearnedCount {
		t.Fatalf("a file of %d features, of which %d have columns", n, estimate.LearnedCount)
	}
	again, err := Decode(f.file(t))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(again.experts.Schema); n != migration.Count {
		t.Fatalf("read with %d features, not %d", n, migration.Count)
	}
	for i, d := range migration.Definitions {
		if r := again.experts.Schema[i]; r.Name != d.Name || r.Unit != d.Unit || i >= estimate.LearnedCount && r.Rows > 0 {
			t.Errorf("%s is read as %+v", d.Name, r)
		}
	}
	row := func(f migration.Feature) map[string]any {
		return map[string]any{"name": f.String(), "unit": f.Definition().Unit, "rows": 3, "site_rows": 3, "range": []float64{0, 1}}
	}
	f = forge(t, m)
	f.header["schema"] = append(f.header["schema"].([]any), row(migration.Method))
	if more, err := Decode(f.file(t)); err != nil || more.experts.Schema[migration.Method].Rows != 3 || len(more.header().Schema) != int(migration.Method)+1 {
		t.Errorf("with one feature more: %v", err)
	}
	f = forge(t, m)
	f.header["schema"] = append(f.header["schema"].([]any), row(migration.TLS))
	refused(t, "a feature left out", f.file(t), ErrFeatureSet)
}

func TestForgedHeadersAreRefused(t *testing.T) {
	rows := map[string]any{"all": []float64{0, 0.5, 1}, "classes": map[string]any{"0": []float64{0, 0.6, 0.5, 1}}}
	for name, change := range map[string]func(h map[string]any){
		"levels that fall": func(h map[string]any) { expertIn(h)["downtime"].(map[string]any)["levels"] = rows },
		"levels that are too high": func(h map[string]any) {
			expertIn(h)["total_time"].(map[string]any)["levels"] = map[string]any{"all": []float64{0, 1.5}}
		},
		"a single level": func(h map[string]any) {
			expertIn(h)["downtime"].(map[string]any)["levels"] = map[string]any{"all": []float64{0}}
		},
		"frequencies that fall":     reliabilityOf("downtime", []float64{0.1, 0.2}, []float64{0.5, 0.4}),
		"frequencies above one":     reliabilityOf("convergence", []float64{0.1, 0.2}, []float64{0.5, 1.4}),
		"fewer frequencies":         reliabilityOf("total_time", []float64{0.1, 0.2}, []float64{0.5}),
		"a middle beyond all times": func(h map[string]any) { expertIn(h)["downtime"].(map[string]any)["middle"] = []float64{0, 1e300} },
		"an unknown mode":           func(h map[string]any) { expertIn(h)["downtime"].(map[string]any)["mode"] = "magic" },
		"a negative sigma":          corrected("sigma", -1),
		"a sigma beyond all times":  corrected("sigma", 1e200),
		"a pause beyond all times":  corrected("fixed_ms", 1e200),
		"a factor beyond all times": corrected("memory", 1e200),
		"a time beyond all times":   corrected("time", 1e200),
		"a place of no link":        func(h map[string]any) { h["correction"].(map[string]any)["place"] = map[string]any{"Efficiency": 0.5} },
		"fewer rows than none":      func(h map[string]any) { h["site_rows"] = -1 },
		"fewer outcomes than none":  corrected("rows", -1),
		"errors that fall":          physicalOf("errors", []float64{0.2, 0.1}),
		"errors beyond all times":   physicalOf("errors", []float64{-1e308, 1e308}),
		"a mean beyond all times":   physicalOf("mean", 1e9),
		"a trust below none":        physicalOf("most", -0.1),
		"a site of no link":         placed("Efficiency", 0),
		"a site before time":        placed("Overhead", -1),
		"zeros in no place":         placed("Zeros", 9),
		"no site":                   func(h map[string]any) { delete(expertIn(h), "site") },
		"no expert":                 func(h map[string]any) { h["experts"] = []any{} },
		"an expert of no world":     func(h map[string]any) { expertIn(h)["world"] = "" },
		"two of one world":          func(h map[string]any) { h["experts"] = []any{expertIn(h), expertIn(h)} },
		"an expert without forests": func(h map[string]any) { h["experts"] = []any{expertIn(h), map[string]any{"world": "site"}} },
		"too few widths":            func(h map[string]any) { expertIn(h)["widths"] = []any{nil, []float64{1, 2}} },
		"widths that are text":      func(h map[string]any) { expertIn(h)["widths"] = []string{"wide"} },
		"ranges that are text":      func(h map[string]any) { h["schema"].([]any)[0].(map[string]any)["range"] = "wide" },
		"columns that are numbers":  func(h map[string]any) { h["columns"] = []int{1} },
	} {
		f := forge(t, tiny())
		change(f.header)
		refused(t, name, f.file(t), ErrDamaged)
	}
	f := forge(t, tiny())
	for name, text := range map[string]string{"no header": "", "half a header": `{"columns": [`, "an array": "[]", "text": "\x00\x01"} {
		refused(t, name, assemble([]byte(text), bytes.Join(f.forests, nil)), ErrDamaged)
	}
}

// expertIn is the header of the first expert.
func expertIn(h map[string]any) map[string]any { return h["experts"].([]any)[0].(map[string]any) }

// corrected forges a number of the correction.
func corrected(field string, value float64) func(map[string]any) {
	return func(h map[string]any) { h["correction"].(map[string]any)[field] = value }
}

// placed forges a constant of the site that the physics is computed for.
func placed(field string, value float64) func(map[string]any) {
	return func(h map[string]any) { expertIn(h)["site"].(map[string]any)[field] = value }
}

// physicalOf forges what is known of the physics of the downtime.
func physicalOf(field string, value any) func(map[string]any) {
	return func(h map[string]any) {
		expertIn(h)["downtime"].(map[string]any)["physical"].(map[string]any)[field] = value
	}
}

// reliabilityOf forges the reliability of one part of the model.
func reliabilityOf(part string, probability, frequency []float64) func(map[string]any) {
	return func(h map[string]any) {
		all := map[string]any{"probability": probability, "frequency": frequency}
		expertIn(h)[part].(map[string]any)["reliability"] = map[string]any{"all": all}
	}
}

// Ranges and widths only end up in words: what is odd but harmless is read, and
// does no harm.
func TestOddHeadersDoNoHarm(t *testing.T) {
	for name, change := range map[string]func(h map[string]any){
		"ranges upside down": func(h map[string]any) { h["schema"].([]any)[0].(map[string]any)["range"] = []float64{9, -9} },
		"ranges of one end":  func(h map[string]any) { h["schema"].([]any)[0].(map[string]any)["range"] = []float64{9} },
		"rows without range": func(h map[string]any) { delete(h["schema"].([]any)[0].(map[string]any), "range") },
		"endless ranges":     func(h map[string]any) { h["schema"].([]any)[0].(map[string]any)["range"] = []float64{-1e308, 1e308} },
		"a range of curves": func(h map[string]any) {
			h["schema"].([]any)[migration.DirtyCurve].(map[string]any)["range"] = []int{1, 2}
		},
		"no widths": func(h map[string]any) { delete(expertIn(h), "widths") },
		"endless widths": func(h map[string]any) {
			expertIn(h)["widths"].([]any)[0].([]any)[0], expertIn(h)["widths"].([]any)[1].([]any)[1] = 1e308, -1e308
		},
		"no provenance":    func(h map[string]any) { delete(h, "provenance") },
		"nothing is usual": func(h map[string]any) { delete(expertIn(h), "usual") },
		"no calibration":   func(h map[string]any) { expertIn(h)["downtime"] = map[string]any{"mode": "column"} },
		"unknown classes": func(h map[string]any) {
			expertIn(h)["convergence"].(map[string]any)["reliability"].(map[string]any)["classes"] = map[string]any{"99": map[string]any{}}
		},
		"the slowest link":     placed("Efficiency", 1e-300),
		"the fastest link":     placed("Efficiency", 1e300),
		"the slowest zeros":    placed("ZeroRate", 1e-300),
		"zeros without end":    placed("EndMiB", 1e300),
		"memory of no guest":   placed("OffsetMiB", 1e300),
		"the hottest guests":   placed("Heat", 1e300),
		"the coolest guests":   placed("Heat", 1e-300),
		"the boldest estimate": placed("Optimism", 1e300),
		"the least estimate":   placed("Optimism", 1e-300),
		"a field more":         func(h map[string]any) { h["more"] = true },
		"levels all at once": func(h map[string]any) {
			expertIn(h)["downtime"].(map[string]any)["levels"] = map[string]any{"all": []float64{0, 0, 0, 1, 1}}
		},
	} {
		f := forge(t, tiny())
		change(f.header)
		m, err := Decode(f.file(t))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		finite(t, m)
	}
}

// finite asks m about some VMs and fails the test where an answer is no number.
func finite(t testing.TB, m *Model) {
	t.Helper()
	for i, e := range modeltest.Migrations(2, 31) {
		for _, known := range masks(i) {
			got := m.Predict(e.Features.Only(known), Options{Within: 1e9})
			for _, v := range []float64{got.PredictedDowntime, got.Interval.Lower, got.Interval.Upper, got.Confidence, got.ConvergenceProbability, *got.ProbabilityWithinLimit} {
				if math.IsNaN(v) || v < 0 || v > 1e12 {
					t.Fatalf("prediction %+v", got)
				}
			}
		}
	}
}

func TestForgedForestsAreRefused(t *testing.T) {
	none := make([]byte, 8)
	for name, change := range map[string]func(fs [][]byte) [][]byte{
		"none at all":     func(fs [][]byte) [][]byte { return nil },
		"one less":        func(fs [][]byte) [][]byte { return fs[:len(fs)-1] },
		"bytes left over": func(fs [][]byte) [][]byte { return append(fs, []byte{1}) },
		"one more":        func(fs [][]byte) [][]byte { return append(fs, none) },
		"no downtime":     func(fs [][]byte) [][]byte { return append([][]byte{none, none}, fs[2:]...) },
		"no convergence":  func(fs [][]byte) [][]byte { return append(fs[:len(fs)-1:len(fs)-1], none) },
		"length beyond its end": func(fs [][]byte) [][]byte {
			last := slices.Clone(fs[len(fs)-1])
			binary.LittleEndian.PutUint64(last, math.MaxUint64)
			return append(fs[:len(fs)-1:len(fs)-1], last)
		},
		"a byte changed": func(fs [][]byte) [][]byte {
			first := slices.Clone(fs[1])
			first[len(first)/2] ^= 1
			return append([][]byte{fs[0], first}, fs[2:]...)
		},
		"convergence's forest, which keeps no rows, for the downtime's": func(fs [][]byte) [][]byte {
			return append([][]byte{fs[0], fs[len(fs)-1]}, fs[2:]...)
		},
	} {
		f := forge(t, tiny())
		f.forests = change(f.forests)
		refused(t, name, f.file(t), ErrDamaged)
	}
}

func TestHeaderLongerThanTheFile(t *testing.T) {
	file := slices.Clone(fileOf(t, tiny()))
	for _, length := range []uint32{uint32(len(file)), math.MaxUint32} {
		binary.LittleEndian.PutUint32(file[len(magic)+4:], length)
		sum := sha256.Sum256(file[:len(file)-sha256.Size])
		copy(file[len(file)-sha256.Size:], sum[:])
		refused(t, fmt.Sprintf("a header of %d bytes", length), file, ErrDamaged)
	}
}

// resealed is file with all checksums made to hold, as far as its parts are found:
// what a forger would do.
func resealed(file []byte) []byte {
	if len(file) < preamble+sha256.Size {
		return file
	}
	file = slices.Clone(file)
	body := file[preamble : len(file)-sha256.Size]
	if n := binary.LittleEndian.Uint32(file[len(magic)+4:]); uint64(n) <= uint64(len(body)) {
		for body = body[n:]; len(body) >= 8; {
			n := binary.LittleEndian.Uint64(body)
			body = body[8:]
			if n > uint64(len(body)) {
				break
			}
			if n > 4 {
				sum := crc32.Checksum(body[:n-4], crc32.MakeTable(crc32.Castagnoli))
				binary.LittleEndian.PutUint32(body[n-4:], sum)
			}
			body = body[n:]
		}
	}
	sum := sha256.Sum256(file[:len(file)-sha256.Size])
	copy(file[len(file)-sha256.Size:], sum[:])
	return file
}

// Whatever a file holds, reading it does not panic, and what is read answers with
// numbers. Inputs are bytes to read, and where in a real file to put them: with
// all checksums as they were, and made to hold.
func FuzzDecode(f *testing.F) {
	base := fileOf(f, TrainFixture(modeltest.Migrations(35, 2), 1))
	f.Add(uint32(0), base[:preamble])
	f.Add(uint32(len(magic)+4), []byte{0, 0, 0, 0})
	for i := range 20 { // within header and forests
		at := preamble + i*(len(base)-preamble)/20
		f.Add(uint32(at), []byte{base[at] ^ 0x81})
		f.Add(uint32(at), []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xef, 0x7f}) // the largest float64
	}
	f.Fuzz(func(t *testing.T, at uint32, patch []byte) {
		changed := slices.Clone(base)
		copy(changed[int(at)%len(base):], patch)
		for _, file := range [][]byte{patch, changed, resealed(changed)} {
			m, err := Decode(file)
			if err == nil {
				finite(t, m)
				continue
			}
			if m != nil || !errors.Is(err, ErrNotModel) && !errors.Is(err, ErrVersion) && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrFeatureSet) {
				t.Fatalf("error %v", err)
			}
		}
	})
}
