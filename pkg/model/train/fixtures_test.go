package train

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"vmmp/pkg/evaluate"
	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/model/internal/estimate"
	"vmmp/pkg/model/internal/modeltest"
)

// draw draws examples from modeltest.Migrations.
func draw(n int, seed uint64) []Example {
	examples := make([]Example, n)
	for i, m := range modeltest.Migrations(n, seed) {
		examples[i] = Example(m)
	}
	return examples
}

// small is the options of a model that is trained in a moment.
var small = Options{Trees: 5, Seed: 1, Mode: model.Residual}

// fixture is a model with its experts.
type fixture struct {
	*model.Model
	experts  *estimate.Experts
	outOfBag *evaluate.Metrics // of the downtime
}

// newFixture trains or panics.
func newFixture(ctx context.Context, examples []Example, o Options) fixture {
	l, err := train(ctx, examples, o)
	if err != nil {
		panic(err)
	}
	m, err := model.New(l.experts, l.provenance)
	if err != nil {
		panic(err)
	}
	return fixture{m, &l.experts, l.outOfBag[evaluate.Downtime]}
}

// mustTrain trains or fails the test.
func mustTrain(t testing.TB, examples []Example, o Options) fixture {
	t.Helper()
	return newFixture(t.Context(), examples, o)
}

// judged is a model good enough to be judged. Like every model it is immutable, so that tests share it.
var judged = sync.OnceValue(func() fixture {
	return newFixture(context.Background(), draw(500, 1), Options{Trees: 60, Seed: 1, Mode: model.Residual})
})

// tiny is a model that is whole but knows little.
var tiny = sync.OnceValue(func() fixture {
	return newFixture(context.Background(), draw(60, 2), Options{Trees: 3, Seed: 1, Mode: model.Residual})
})

// lab is a model of real migrations, on links up to 10 Gbps, and of simulated ones on faster links.
var lab = sync.OnceValue(func() fixture {
	examples := draw(200, 4)
	for i := range examples {
		if modeltest.OnSlowLink(examples[i].Features) {
			examples[i].Source = migration.SourceLab
		}
	}
	return newFixture(context.Background(), examples, Options{Trees: 10, Seed: 1, Mode: model.Residual})
})

func withoutTotalTime(examples []Example) []Example {
	for i := range examples {
		examples[i].Outcome.TotalTimeMS = math.NaN()
		examples[i].Untimed = nil
	}
	return examples
}

// fileOf returns the model as a file.
func fileOf(t testing.TB, m *model.Model) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "model.vmmp")
	if _, err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return file
}
