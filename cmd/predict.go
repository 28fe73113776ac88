package cmd

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/spf13/cobra"

	"vmmp/pkg/migration"
	"vmmp/pkg/model"
	"vmmp/pkg/prediction"
)

// PredictOptions are the flags of `vmmp predict`.
type PredictOptions struct {
	features    featureFlags
	live        bool
	explain     bool
	maxDowntime time.Duration
	assurance   float64
	model       string
	input       string
	format      string
	output      string

	given map[string]bool // the flags that were typed, not only defaulted to
}

// liveInterval is the time over which --live measures rates.
const liveInterval = time.Second

func newPredictCommand(e *env) *cobra.Command {
	var o PredictOptions
	c := &cobra.Command{
		Use:   "predict",
		Short: "Predict the downtime of a migration from what is known of the VM",
		Long: `Predict answers, from whatever is known of a virtual machine, how long a live
migration will pause it, how long the move takes and whether it converges. Only
--cpu and --mem are required; every further feature makes the answer surer.

With --max-downtime it asks: is the probability that pre-copy switches over by
itself and stays under that limit at least the assurance? If not, it exits 3.

With --input it answers every row of a file ('-' is standard input). Any feature
may be unknown there. Where downtime_ms is given too, the accuracy is told on
standard error.
` + exitHelp,
		Example: `  vmmp predict --cpu 75 --mem 68
  vmmp predict --live --explain
  vmmp predict --cpu 75 --mem 68 --net 10000 --memory 65536 --dirty-rate 120 --max-downtime 300ms || echo "not now"
  vmmp predict --input fleet.csv -o csv > predicted.csv`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if !c.Flags().Changed("output") && o.input != "" {
				o.output = ""
			}
			o.given = given(c)
			return runPredict(c.Context(), e, o)
		},
	}
	f := c.Flags()
	o.features.add(f)
	f.BoolVar(&o.live, "live", false, "take what is not given from this machine, measured over one second")
	f.BoolVar(&o.explain, "explain", false, "say which feature changes the prediction by which factor")
	f.DurationVar(&o.maxDowntime, "max-downtime", 0, "exit 3 unless the pause stays under this, such as 300ms")
	f.Float64Var(&o.assurance, "assurance", 0.9, "probability that --max-downtime asks for")
	f.StringVar(&o.model, "model", "", "model file (default: the embedded model)")
	f.StringVar(&o.input, "input", "", "file of migrations to answer, - for standard input")
	f.StringVar(&o.format, "format", "", "form of --input: csv or ndjson (default: by the file's name, else csv)")
	outputFlag(c, &o.output, "text", "json", "csv", "ndjson")
	return c
}

// check refuses flags that do not go together.
func (o PredictOptions) check() error {
	switch {
	case o.given["max-downtime"] && o.maxDowntime <= 0:
		return fmt.Errorf("--max-downtime %v must be above 0", o.maxDowntime)
	case o.given["assurance"] && !o.given["max-downtime"]:
		return errors.New("--assurance says how surely --max-downtime must be kept, and no --max-downtime was given")
	case !(o.assurance > 0 && o.assurance < 1):
		return fmt.Errorf("--assurance %g must be above 0 and below 1", o.assurance)
	case o.input == "" && o.format != "":
		return errors.New("--format says what --input is, and no --input was given")
	case o.input != "" && (o.live || o.features.any()):
		return errors.New("--input brings the features of every row: leave out --live and the feature flags")
	case o.input != "" && o.explain:
		return errors.New("--explain explains one prediction: leave out --input")
	}
	return nil
}

func runPredict(ctx context.Context, e *env, o PredictOptions) error {
	if err := usage(o.check()); err != nil {
		return err
	}
	if o.input != "" {
		return runPredictRows(ctx, e, o)
	}
	if o.output == "csv" || o.output == "ndjson" {
		return usage(fmt.Errorf("-o %s writes the rows of a file: add --input FILE, or take text or json", o.output))
	}
	if err := checkOutput(o.output, "text", "json"); err != nil {
		return err
	}
	x, err := o.request(ctx, e)
	if err != nil {
		return err
	}
	m, err := loadModel(o.model)
	if err != nil {
		return err
	}
	p := m.Predict(x, model.Options{Explain: o.explain, Within: o.maxDowntime})
	if o.output == "json" {
		err = e.writeJSON(p)
	} else {
		err = e.writePrediction(x, p)
	}
	if err != nil {
		return err
	}
	return o.verdict(p)
}

// request is what is known of the VM: the flags, and this machine under --live.
func (o PredictOptions) request(ctx context.Context, e *env) (migration.Features, error) {
	x, faults := o.features.parse()
	if o.live && len(faults) == 0 {
		s, err := e.snapshot(ctx, liveInterval)
		if err != nil {
			return x, fmt.Errorf("read this machine: %w", err)
		}
		x = x.Or(s.Features())
	}
	if len(faults) == 0 {
		faults = flagFaults(x.Validate())
	}
	return x, usage(faults.Err())
}

// verdict is the error of a limit that is not kept with the assurance asked for.
func (o PredictOptions) verdict(p prediction.Prediction) error {
	if p.ProbabilityWithinLimit == nil || *p.ProbabilityWithinLimit >= o.assurance {
		return nil
	}
	// Rounded down, so that what falls short of the assurance never looks equal to it.
	return exceeded("the pause stays under %v with probability %.3f, below the assurance of %g",
		o.maxDowntime, math.Floor(*p.ProbabilityWithinLimit*1000)/1000, o.assurance)
}
