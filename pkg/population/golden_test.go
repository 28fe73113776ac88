package population

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"vmmp/pkg/migration"
)

// A model's file is reproduced byte for byte from its seed, so that a population
// never draws anything else from it. The hashes are of what the embedded model was
// trained on.
func TestDrawsAreWhatTheyEverWere(t *testing.T) {
	for population, want := range map[*Population]string{
		&Demo:  "5063ced1415379df",
		&Fleet: "7e52ff80350cb18e",
	} {
		hash := sha256.New()
		for _, d := range population.Draw(200, 42) {
			untimed := migration.Record{Outcome: d.Untimed}
			fmt.Fprintf(hash, "%s,%.9g\n", strings.Join(append(d.CSVCells(), untimed.CSVCells()...), ","), d.NoiselessMS)
		}
		if got := hex.EncodeToString(hash.Sum(nil)[:8]); got != want {
			t.Errorf("%s draws something else from seed 42: hash %s, want %s; if only a column was added, put this hash in",
				population.Name, got, want)
		}
	}
}
