package model_test

import (
	"context"

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
