package table

import (
	"errors"
	"strings"
	"testing"

	"vmmp/pkg/history"
)

// Every fault has a remedy.
func TestRemedies(t *testing.T) {
	for _, fault := range []error{
		history.ErrLocation, history.ErrReadOnly, history.ErrNewer, history.ErrDamaged, history.ErrFull, history.ErrBusy,
	} {
		err := (&Flaw{Err: errors.New("cause"), Fault: fault}).At("here")
		if remedy, ok := strings.CutPrefix(err.Error(), "here: "+fault.Error()+": cause: "); !ok || remedy == "" {
			t.Errorf("none for %v: %v", fault, err)
		}
	}
}
