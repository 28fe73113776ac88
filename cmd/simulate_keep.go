package cmd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"vmmp/pkg/atomicfile"
	"vmmp/pkg/simulate"
)

// keep writes the files that were asked for.
func (o *simulationOutput) keep(e *env, r *simulate.Result) error {
	if o.save {
		now := e.now()
		text, err := json.MarshalIndent(r.Save(now.UTC().Truncate(time.Millisecond)), "", "  ")
		if err != nil {
			return fmt.Errorf("save the run: %w", err)
		}
		if err := keepFile(e, simulate.SavedName(now), append(text, '\n')); err != nil {
			return err
		}
	}
	if o.plot != "" {
		var svg bytes.Buffer
		if err := simulate.Plot(&svg, r.Simulations); err != nil {
			return err
		}
		return keepFile(e, o.plot, svg.Bytes())
	}
	return nil
}

// keepFile writes a file and says so.
func keepFile(e *env, path string, data []byte) error {
	if err := atomicfile.Write(path, data); err != nil {
		return err
	}
	fmt.Fprintf(e.stderr, "vmmp: wrote %s\n", path)
	return nil
}
