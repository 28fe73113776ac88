package model

import (
	"bytes"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vmmp/pkg/model/internal/modeltest"
	"vmmp/pkg/prediction"

	"github.com/google/go-cmp/cmp"
)

// answersOf is what a model says to somebody of each mask.
func answersOf(m *Model) []prediction.Prediction {
	var answers []prediction.Prediction
	for i, e := range modeltest.Migrations(10, 21) {
		for _, known := range masks(i) {
			answers = append(answers, m.Predict(e.Features.Only(known), Options{Within: time.Second}))
		}
	}
	return answers
}

func TestSaveAndLoad(t *testing.T) {
	for name, m := range map[string]*Model{"simulated": tiny(), "of a site": lab(), "checked at another": elsewhere()} {
		path := filepath.Join(t.TempDir(), "model.vmmp")
		size, err := m.Save(path)
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil || info.Size() != int64(size) || info.Mode().Perm() != 0o644 {
			t.Errorf("%s: %v bytes of mode %v, told %d: %v", name, info.Size(), info.Mode(), size, err)
		}
		if told, err := m.Size(); err != nil || told != size {
			t.Errorf("%s: Size is %d: %v", name, told, err)
		}
		back, err := Load(path)
		if err != nil {
			t.Fatal(err)
		}
		if back.ID() != m.ID() {
			t.Errorf("%s: id %s, saved as %s", name, back.ID(), m.ID())
		}
		if diff := cmp.Diff(answersOf(m), answersOf(back)); diff != "" {
			t.Errorf("%s: answers otherwise once read back: %s", name, diff)
		}
		if !bytes.Equal(fileOf(t, back), fileOf(t, m)) {
			t.Errorf("%s: another file once read back", name)
		}
	}
}

func TestSaveReplacesTheOld(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.vmmp")
	for _, m := range []*Model{tiny(), lab()} {
		if _, err := m.Save(path); err != nil {
			t.Fatal(err)
		}
		if back, err := Load(path); err != nil || back.ID() != m.ID() {
			t.Errorf("read %v, saved %s: %v", back, m.ID(), err)
		}
	}
}

func TestSaveWhereNothingCanBeSaved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "model.vmmp")
	if size, err := tiny().Save(path); err == nil || size != 0 || !strings.HasPrefix(err.Error(), "save model: write "+path) {
		t.Errorf("%d bytes, error %v", size, err)
	}
}

func TestLoadWhatIsNoModel(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	file := write("text", "cpu_load,memory_usage\n1,2\n")
	for name, c := range map[string]struct {
		path string
		want error
	}{
		"missing":      {filepath.Join(folder, "missing"), fs.ErrNotExist},
		"below a file": {filepath.Join(file, "model"), nil},
		"a directory":  {folder, nil},
		"empty":        {write("empty", ""), ErrNotModel},
		"text":         {file, ErrNotModel},
		"one byte":     {write("one", "v"), ErrNotModel},
	} {
		m, err := Load(c.path)
		if m != nil || err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v, error %v", name, m, err)
			continue
		}
		if !strings.HasPrefix(err.Error(), "read model") || !strings.Contains(err.Error(), c.path) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: not one clear line: %v", name, err)
		}
	}
}

// A model without a total time is whole.
func TestAModelWithoutTotalTimeIsReadBack(t *testing.T) {
	m := TrainFixture(withoutTotalTime(modeltest.Migrations(60, 4)), 5)
	back, err := Decode(fileOf(t, m))
	if err != nil {
		t.Fatal(err)
	}
	if p := back.Predict(modeltest.VM(), Options{}); !math.IsNaN(float64(p.PredictedTotalTimeMS)) {
		t.Errorf("total time %v", p.PredictedTotalTimeMS)
	}
}

func BenchmarkDecode(b *testing.B) {
	b.SetBytes(int64(len(embedded)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(embedded); err != nil {
			b.Fatal(err)
		}
	}
}

func withoutTotalTime(all []modeltest.Migration) []modeltest.Migration {
	for i := range all {
		all[i].Outcome.TotalTimeMS, all[i].Untimed = math.NaN(), nil
	}
	return all
}
