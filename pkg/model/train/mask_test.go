package train

import (
	"testing"

	"vmmp/pkg/migration"
	"vmmp/pkg/model/internal/estimate"
)

func pattern(t testing.TB, name string) Pattern {
	t.Helper()
	for _, p := range Patterns {
		if p.Name == name {
			return p
		}
	}
	t.Fatalf("no pattern %s", name)
	return Pattern{}
}

func TestPatternsAreNamedAndDescribed(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range Patterns {
		if p.Name == "" || p.Doc == "" || seen[p.Name] {
			t.Errorf("pattern %q: nameless, undescribed or given twice", p.Name)
		}
		seen[p.Name] = true
	}
	if Patterns[0].Name != "recorded" || Patterns[1].Name != "any" {
		t.Error("a design takes the first two for the first copies")
	}
}

func TestMaskDependsOnSeedAndRowAlone(t *testing.T) {
	p := pattern(t, "any")
	bySeed, byRow := 0, 0
	for row := range uint64(100) {
		mask := p.Mask(1, row)
		if mask != p.Mask(1, row) {
			t.Fatal("the same seed and row mask differently")
		}
		if mask != p.Mask(2, row) {
			bySeed++
		}
		if mask != p.Mask(1, row+1) {
			byRow++
		}
	}
	if bySeed < 80 || byRow < 80 {
		t.Errorf("of 100 masks %d differ by seed and %d by row", bySeed, byRow)
	}
}

// How a VM is moved everybody knows, since plain pre-copy is meant where nobody says.
func TestWhatPatternsKnow(t *testing.T) {
	libvirt := migration.Of(migration.NetworkBandwidth, migration.TimeoutS, migration.AutoConverge)
	kubevirt := migration.Of(migration.NetworkBandwidth, migration.DowntimeLimitMS)
	for name, c := range map[string]struct{ always, sometimes migration.Set }{
		"recorded": {estimate.Learned, 0},
		"any":      {0, estimate.Learned},
		"cpu_mem":  {estimate.Required, 0},
		"seed":     {estimate.SeedFeatures, 0},
		"cli":      {estimate.Required, estimate.Learned &^ estimate.Required},
		"libvirt":  {libvirtFeatures, libvirt},
		"kubevirt": {kubevirtFeatures, kubevirt},
	} {
		union, common := migration.Set(0), migration.Everything
		p := pattern(t, name)
		for row := range uint64(300) {
			mask := p.Mask(7, row)
			union, common = union|mask, common&mask
		}
		if common != c.always|estimate.Methods || union != c.always|c.sometimes|estimate.Methods {
			t.Errorf("%s always knows %v and sometimes %v", name, common, union&^common)
		}
	}
}

// Explanations ask about every subset, so that small ones are trained on as often
// as large ones.
func TestAnyDrawsEverySizeAlike(t *testing.T) {
	const rows = 15000
	var sizes [estimate.LearnedCount + 1]int
	var kept [estimate.LearnedCount]int
	p := pattern(t, "any")
	for row := range uint64(rows) {
		mask := p.Mask(3, row) &^ estimate.Methods
		sizes[mask.Len()]++
		for f := range mask.All() {
			kept[f]++
		}
	}
	for size, n := range sizes {
		if n < 850 || n > 1150 { // 1000, sigma 31
			t.Errorf("%d of %d masks know %d features", n, rows, size)
		}
	}
	for f, n := range kept {
		if n < 7200 || n > 7800 { // 7500, sigma 61
			t.Errorf("%d of %d masks keep %s", n, rows, migration.Feature(f))
		}
	}
}

func TestSome(t *testing.T) {
	kept, p := 0, pattern(t, "cli")
	for row := range uint64(10000) {
		if p.Mask(1, row).Has(migration.VCPUs) {
			kept++
		}
	}
	if kept < 2800 || kept > 3200 {
		t.Errorf("a person at the command line knows the number of vCPUs in %d of 10000 rows, want about 3000", kept)
	}
}

func TestRequiredIsWhatRequestsMustGive(t *testing.T) {
	for _, d := range migration.Definitions {
		if d.Required != estimate.Required.Has(d.Feature) {
			t.Errorf("%s: estimate.Required %v", d.Name, d.Required)
		}
	}
}
