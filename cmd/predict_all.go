package cmd

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"vmmp/cmd/internal/page"
	"vmmp/cmd/internal/render"
	"vmmp/cmd/internal/rows"
	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/source"
)

// runPredictAll answers for every running VM of a place. A VM that cannot be observed is told of, and fails nobody
// else.
func runPredictAll(ctx context.Context, e *env, flags predictFlags) error {
	if err := checkOutput(flags.output, "text", "json", "csv", "ndjson"); err != nil {
		return err
	}
	given, faults := flags.features.parse()
	if err := usage(faults.Err()); err != nil {
		return err
	}
	m, err := flags.loadModel(ctx, e)
	if err != nil {
		return err
	}
	vms, err := flags.observeAll(ctx, m, given)
	if err != nil {
		return err
	}
	render.Sort(vms, flags.sort)
	if err := wrapWrite(e.writeVMs(vms, flags)); err != nil {
		return err
	}
	return flags.verdictOfAll(vms)
}

// observeAll observes and predicts the running VMs of the place.
func (f predictFlags) observeAll(ctx context.Context, m *model.Model, given migration.Features) ([]render.VM, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, f.place.timeout, f.place.late())
	defer cancel()
	place, err := f.place.open(ctx)
	if err != nil {
		return nil, placeFault(ctx, err)
	}
	defer place.Close() //nolint:errcheck // it has been read from only
	listed, err := place.List(ctx)
	if err != nil {
		return nil, placeFault(ctx, err)
	}
	var running []source.VM
	for _, vm := range listed {
		if vm.State != source.Stopped {
			running = append(running, vm)
		}
	}
	if len(running) == 0 {
		return nil, usage(fmt.Errorf("no VM runs there that this connection may see; %d do not run", len(listed)))
	}
	var vms []render.VM
	for o, err := range source.ObserveAll(ctx, place, running, f.ask()) {
		v := render.VM{Observation: o, Err: err}
		if err == nil {
			v.Features, v.Prediction = f.answer(m, given, o)
		}
		vms = append(vms, v)
	}
	return vms, nil
}

// writeVMs writes the answers in the form that was asked for.
func (e *env) writeVMs(vms []render.VM, flags predictFlags) error {
	switch flags.output {
	case "json":
		pointers := make([]*render.VM, len(vms))
		for i := range vms {
			pointers[i] = &vms[i]
		}
		return e.writeJSON(pointers)
	case "ndjson":
		out := bufio.NewWriter(e.stdout)
		encoder := json.NewEncoder(out)
		for i := range vms {
			if err := encoder.Encode(&vms[i]); err != nil {
				return err
			}
		}
		return out.Flush()
	case "csv":
		return e.writeVMTable(vms, flags.maxDowntime > 0)
	}
	return e.writePage(func(t *page.Page) { render.VMs(t, vms) })
}

// writeVMTable writes the answers as CSV, with what is known of each VM.
func (e *env) writeVMTable(vms []render.VM, limited bool) error {
	header := append([]string{"name", "host"}, migration.CSVHeader()...)
	out, err := rows.NewCSVWriter(e.stdout, header, limited)
	if err != nil {
		return err
	}
	for i := range vms {
		v := &vms[i]
		record := migration.Record{Features: v.Features, Outcome: migration.UnknownOutcome(), Group: v.Observation.VM.Name}
		named := []string{v.Observation.VM.Name, v.Observation.VM.Host}
		row := rows.Row{Record: record, Cells: append(named, record.CSVCells()...)}
		if v.Err != nil {
			row.Fault = &migration.RowError{Faults: migration.Faults{{Location: "vm", Message: v.Err.Error()}}}
		}
		if err := out.Write(&row, &v.Prediction); err != nil {
			return err
		}
	}
	return out.Close()
}

// verdictOfAll returns the error of VMs that were not answered, or do not keep the limit.
func (f predictFlags) verdictOfAll(vms []render.VM) error {
	limit := limitCount{limit: f.maxDowntime, assurance: f.assurance}
	var unanswered []string
	for i := range vms {
		if vms[i].Err != nil {
			unanswered = append(unanswered, vms[i].Observation.VM.Name)
			continue
		}
		limit.add(&vms[i].Prediction)
	}
	if len(unanswered) > 0 {
		return fmt.Errorf("%d of %d VMs were not answered: %s", len(unanswered), len(vms),
			strings.Join(unanswered, ", "))
	}
	return limit.verdict()
}
