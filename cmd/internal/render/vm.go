package render

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"vmmp/cmd/internal/humanize"
	"vmmp/cmd/internal/page"
	"vmmp/cmd/internal/terminal"
	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
	"vmmp/pkg/source"
)

// VM is a VM of a place with what is known and predicted of it.
type VM struct {
	Observation source.Observation
	Features    migration.Features // what the place told and what was given by hand
	Prediction  prediction.Prediction
	Err         error // why there is no answer
}

// Age returns how old the oldest of what is known is.
func (v *VM) Age() time.Duration {
	oldest := time.Duration(0)
	for _, origin := range v.Observation.Origins {
		oldest = max(oldest, origin.Age)
	}
	return oldest
}

// knownJSON is a feature with where it comes from.
type knownJSON struct {
	Value any     `json:"value"`
	From  string  `json:"from"`
	AgeS  float64 `json:"age_s"`
}

// MarshalJSON returns the prediction with what names the VM, and what is known of it.
func (v VM) MarshalJSON() ([]byte, error) {
	vm := v.Observation.VM
	named := struct {
		Name string `json:"name"`
		ID   string `json:"id"`
		Host string `json:"host,omitempty"`
	}{vm.Name, vm.ID, vm.Host}
	if v.Err != nil {
		return json.Marshal(struct {
			VM     any    `json:"vm"`
			Status string `json:"status"`
			Error  string `json:"error"`
		}{named, "error", v.Err.Error()})
	}
	known := map[string]knownJSON{}
	for f := range v.Features.Known().All() {
		from := v.origin(f)
		known[f.String()] = knownJSON{v.Features.Value(f), from.From, math.Round(from.Age.Seconds()*1000) / 1000}
	}
	return json.Marshal(struct {
		VM any `json:"vm"`
		prediction.Prediction
		Known map[string]knownJSON `json:"known"`
		Notes []string             `json:"notes,omitempty"`
	}{named, v.Prediction, known, v.Observation.Notes})
}

// byHand is the origin of what was given on the command line.
const byHand = "given"

// origin returns where a known feature comes from.
func (v *VM) origin(f migration.Feature) source.Origin {
	one := migration.Of(f)
	if from, ok := v.Observation.Origins[f]; ok && v.Features.Only(one).Equal(v.Observation.Features.Only(one)) {
		return from
	}
	return source.Origin{From: byHand}
}

// ObservedVM writes what is predicted of a VM, and what that rests on.
func ObservedVM(t *page.Page, v *VM) {
	t.Line("VM", t.Bold(v.Observation.VM.Name)+onHost(v.Observation.VM))
	Prediction(t, v.Features, v.Prediction)
	t.Section("Known of it")
	for f := range v.Features.Known().All() {
		from := v.origin(f)
		where := from.From
		if from.Age >= oldAge {
			where += ", " + humanize.Duration(float64(from.Age.Milliseconds())) + " ago"
		}
		t.Line(f.String(), featureText(v.Features, f)+" ("+where+")")
	}
	t.List("Not known", "·", v.Observation.Notes)
}

// oldAge is from which on it is said how old a value is.
const oldAge = 5 * time.Second

// featureText returns a feature with its unit, and no more digits than mean something.
func featureText(x migration.Features, f migration.Feature) string {
	text := x.Format(f, ',')
	if v, err := strconv.ParseFloat(text, 64); err == nil && f.Definition().Kind != migration.Version {
		text = strconv.FormatFloat(v, 'f', max(0, 2-int(math.Log10(max(1, math.Abs(v))))), 64)
		if strings.Contains(text, ".") {
			text = strings.TrimRight(strings.TrimRight(text, "0"), ".")
		}
	}
	if unit := f.Definition().Unit; unit != "" && f.Definition().Kind != migration.Points {
		text += " " + unit
	}
	return text
}

func onHost(vm source.VM) string {
	if vm.Host == "" {
		return ""
	}
	return " on " + vm.Host
}

// VMs writes a table of the VMs of a place, one line each.
func VMs(t *page.Page, vms []VM) {
	width := len("VM")
	for i := range vms {
		width = max(width, terminal.Length(vms[i].Observation.VM.Name))
	}
	width = min(width, mostNameWidth) + 2
	row := func(cells ...string) {
		line := terminal.Pad(cells[0], width)
		for i, w := range []int{11, 20, 11, 12} {
			line += terminal.Pad(cells[i+1], w)
		}
		fmt.Fprintln(t, line+cells[len(cells)-1])
	}
	row("VM", "downtime", "90 % interval", "total", "converges", "data")
	for i := range vms {
		v := &vms[i]
		name := clip(v.Observation.VM.Name, width-2)
		if v.Err != nil {
			fmt.Fprintln(t, terminal.Pad(name, width)+"not answered: "+v.Err.Error())
			continue
		}
		p := &v.Prediction
		total := "-"
		if ms := float64(p.PredictedTotalTimeMS); !math.IsNaN(ms) {
			total = humanize.Duration(ms)
		}
		row(name, humanize.Milliseconds(p.PredictedDowntime),
			fmt.Sprintf("%s to %s", humanize.Milliseconds(p.Interval.Lower), humanize.Milliseconds(p.Interval.Upper)),
			total, humanize.Probability(p.ConvergenceProbability), ageWords(v))
	}
}

// mostNameWidth is the widest that the column of names gets.
const mostNameWidth = 30

// clip shortens a name to a width.
func clip(name string, width int) string {
	if r := []rune(name); len(r) > width {
		return string(r[:width-1]) + "…"
	}
	return name
}

// ageWords returns how old the data are.
func ageWords(v *VM) string {
	if age := v.Age(); age >= oldAge {
		return humanize.Duration(float64(age.Milliseconds())) + " old"
	}
	return "now"
}

// Orders are the ways to sort VMs, by what a flag calls them.
var Orders = map[string]func(a, b *VM) int{
	"name":     func(a, b *VM) int { return cmp.Compare(a.Observation.VM.Name, b.Observation.VM.Name) },
	"downtime": func(a, b *VM) int { return cmp.Compare(a.Prediction.PredictedDowntime, b.Prediction.PredictedDowntime) },
	"total": func(a, b *VM) int {
		return cmp.Compare(a.Prediction.PredictedTotalTimeMS, b.Prediction.PredictedTotalTimeMS)
	},
	"convergence": func(a, b *VM) int {
		return cmp.Compare(b.Prediction.ConvergenceProbability, a.Prediction.ConvergenceProbability)
	},
}

// Sort sorts VMs, those without an answer last.
func Sort(vms []VM, order string) {
	slices.SortStableFunc(vms, func(a, b VM) int {
		if (a.Err == nil) != (b.Err == nil) {
			if a.Err == nil {
				return -1
			}
			return 1
		}
		return cmp.Or(Orders[order](&a, &b), Orders["name"](&a, &b))
	})
}
