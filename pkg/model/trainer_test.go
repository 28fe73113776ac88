package model_test

import (
	"context"
	"testing"

	"vmmp/pkg/model"
	"vmmp/pkg/model/internal/modeltest"
	"vmmp/pkg/model/train"
)

func init() {
	model.TrainFixture = func(migrations []modeltest.Migration, trees int) *model.Model {
		examples := make([]train.Example, len(migrations))
		for i, m := range migrations {
			examples[i] = train.Example(m)
		}
		m, err := train.Train(context.Background(), examples, train.Options{Trees: trees, Seed: 1, Mode: model.Residual})
		if err != nil {
			panic(err)
		}
		return m
	}
}

// The default is judged by every way of knowing that it was trained for.
func TestDefaultReportsEachPattern(t *testing.T) {
	m, err := model.Default()
	if err != nil {
		t.Fatal(err)
	}
	report := m.Provenance().Metrics
	if len(report.Patterns) != len(train.Patterns) {
		t.Fatalf("%d patterns, %d to train by", len(report.Patterns), len(train.Patterns))
	}
	for i, p := range report.Patterns {
		if want := train.Patterns[i].Name; p.Pattern != want {
			t.Errorf("pattern %d is %s, want %s", i, p.Pattern, want)
		}
	}
}
