package model

import (
	"slices"
	"sync"
	"testing"

	"vmmp/pkg/migration"
	"vmmp/pkg/model/internal/estimate"
	"vmmp/pkg/model/internal/modeltest"
)

// TrainFixture trains a model of few trees. The tests of this package that train are given it by those outside of it
// (trainer_test.go), since package train imports this one.
var TrainFixture func(migrations []modeltest.Migration, trees int) *Model

// judged is a model good enough to be judged. Like every model it is immutable, so that tests share it.
var judged = sync.OnceValue(func() *Model { return TrainFixture(modeltest.Migrations(500, 1), 60) })

// tiny is a model that is whole but knows little: a short file.
var tiny = sync.OnceValue(func() *Model { return TrainFixture(modeltest.Migrations(60, 2), 3) })

// lab is a model of migrations of a site, on links up to 10 Gbps, and of simulated ones on faster links.
var lab = sync.OnceValue(func() *Model { return TrainFixture(onSlowLinks(func(m *modeltest.Migration) {}), 10) })

// elsewhere is the same, but that the migrations on links up to 10 Gbps happened at another site.
var elsewhere = sync.OnceValue(func() *Model {
	return TrainFixture(onSlowLinks(func(m *modeltest.Migration) { m.Elsewhere = "there" }), 10)
})

// onSlowLinks returns migrations of which those on slow links happened, with what change does to these.
func onSlowLinks(change func(*modeltest.Migration)) []modeltest.Migration {
	all := modeltest.Migrations(200, 4)
	for i := range all {
		if modeltest.OnSlowLink(all[i].Features) {
			all[i].Source = migration.SourceLab
			change(&all[i])
		}
	}
	return all
}

// masks returns ways of knowing part of what there is to know: all, what requests must give, the Python demo's
// features, and some other.
func masks(i int) []migration.Set {
	return []migration.Set{migration.Everything, estimate.Required, estimate.SeedFeatures, migration.Set(0x5a5a5a5a>>i) & migration.Everything}
}

// median returns the middle of v, which it sorts.
func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

// fileOf returns the model as a file.
func fileOf(t testing.TB, m *Model) []byte {
	t.Helper()
	file, id, err := m.encode()
	if err != nil {
		t.Fatal(err)
	}
	if id != m.id {
		t.Fatalf("the file has the id %s, the model %s", id, m.id)
	}
	return file
}
