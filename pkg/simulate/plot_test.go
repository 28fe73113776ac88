package simulate

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"vmmp/pkg/migration"
	"vmmp/pkg/prediction"
)

var update = flag.Bool("update", false, "write the golden files anew")

// paused is a migration that was predicted to pause for so many ms, within a factor of two, and did for so many.
func paused(predicted, actual float64) Migration {
	o := migration.UnknownOutcome()
	o.DowntimeMS, o.Status = actual, migration.Completed
	p := prediction.Prediction{PredictedDowntime: predicted, Interval: prediction.Interval{Lower: predicted / 2, Upper: predicted * 2, Level: 0.9}}
	return newMigration(p, migration.Record{Outcome: o})
}

// cancelled is a migration that was given up.
func cancelled() Migration {
	o := migration.UnknownOutcome()
	o.Status = migration.NotConverged
	return newMigration(prediction.Prediction{PredictedDowntime: 100}, migration.Record{Outcome: o})
}

// several are migrations of 10 ms, 20 ms and so on, predicted too long by a tenth.
func several(n int) []Migration {
	all := make([]Migration, n)
	for i := range all {
		ms := float64(10 * (i + 1))
		all[i] = paused(1.1*ms, ms)
	}
	return all
}

func plotted(t testing.TB, all []Migration) string {
	t.Helper()
	var b bytes.Buffer
	if err := Plot(&b, all); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// drawing is what a reader of XML finds in a plot.
type drawing struct {
	count map[string]int // elements by name
	words []string       // of all text elements
	hover []string       // of all titles
}

// parsed fails unless the text is well-formed XML whose numbers are numbers.
func parsed(t interface{ Fatalf(string, ...any) }, text string) drawing {
	d := drawing{count: map[string]int{}}
	decoder := xml.NewDecoder(strings.NewReader(text))
	var within string
	for {
		token, err := decoder.Token()
		switch token := token.(type) {
		case xml.StartElement:
			within = token.Name.Local
			d.count[within]++
			for _, a := range token.Attr {
				if strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf") || strings.Contains(a.Value, "%!") {
					t.Fatalf("%s of %s is %q", a.Name.Local, within, a.Value)
				}
			}
		case xml.EndElement:
			within = ""
		case xml.CharData:
			switch within {
			case "text":
				d.words = append(d.words, string(token))
			case "title":
				d.hover = append(d.hover, string(token))
			}
		}
		if errors.Is(err, io.EOF) {
			return d
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
	}
}

// dots is how many migrations are drawn: the legend has two more circles.
func (d drawing) dots() int { return max(0, d.count["circle"]-2) }

func (d drawing) says(text string) bool { return strings.Contains(strings.Join(d.words, "\n"), text) }

func TestPlotGolden(t *testing.T) {
	const golden = "testdata/plot.golden.svg"
	all := append(several(12), paused(40, 95), paused(300, 90), paused(20, 19.5), cancelled(), cancelled(), cancelled())
	all[3].Name = `db "a" <b> & c`
	got := plotted(t, all)
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the plot differs from %s; look at it and run the test with -update:\n%s", golden, got)
	}
	if d := parsed(t, got); !strings.HasPrefix(d.hover[3], all[3].Name+": predicted 44 ms (22 ms to 88 ms), actual 40 ms") {
		t.Errorf("the fourth dot says %q", d.hover[3])
	}
}

func TestPlotSays(t *testing.T) {
	for name, test := range map[string]struct {
		all  []Migration
		dots int
		says []string
	}{
		"nothing":     {nil, 0, []string{"No migrations", "nothing to compare"}},
		"none paused": {[]Migration{cancelled(), cancelled()}, 0, []string{"No downtime to compare", "2 did not switch over"}},
		"one": {[]Migration{paused(150, 100)}, 1, []string{
			"downtime of 1 migration", "median error 50 %; 100 % of the 90 % intervals", "interval held (1)", "interval missed (0)", "90 % interval",
		}},
		"a miss": {[]Migration{paused(100, 100), paused(100, 1000), cancelled()}, 2, []string{
			"downtime of 2 migrations", "50 % of the 90 % intervals", "interval held (1)", "interval missed (1)", "1 did not switch over",
		}},
	} {
		d := parsed(t, plotted(t, test.all))
		if d.dots() != test.dots || len(d.hover) != test.dots {
			t.Errorf("%s: %d dots with %d captions, want %d", name, d.dots(), len(d.hover), test.dots)
		}
		for _, words := range test.says {
			if !d.says(words) {
				t.Errorf("%s: does not say %q but %q", name, words, d.words)
			}
		}
	}
}

func TestPlotDrawsIntervalsOfAHundred(t *testing.T) {
	hundred, more := parsed(t, plotted(t, several(100))), parsed(t, plotted(t, several(101)))
	if !hundred.says("90 % interval") || hundred.count["path"] < 100 {
		t.Errorf("of a hundred migrations %d paths are drawn: no intervals", hundred.count["path"])
	}
	if more.dots() != 101 || more.count["path"] >= 100 {
		t.Errorf("of 101 migrations %d dots and %d paths are drawn, want no intervals", more.dots(), more.count["path"])
	}
	if d := parsed(t, plotted(t, several(3000))); d.dots() != 3000 {
		t.Errorf("of 3000 migrations %d are drawn", d.dots())
	}
}

// The file stands alone: it loads nothing and runs nothing.
func TestPlotStandsAlone(t *testing.T) {
	text := plotted(t, several(5))
	for _, foreign := range []string{"script", "href", "url(", "@import", "<style", "font-face"} {
		if strings.Contains(text, foreign) {
			t.Errorf("the plot has %q", foreign)
		}
	}
	if n := strings.Count(text, "http"); n != 1 {
		t.Errorf("the plot names %d addresses, want that of its own language alone", n)
	}
}

func TestPlotWhereItCannotBeWritten(t *testing.T) {
	read, write := io.Pipe()
	full := errors.New("no space left")
	read.CloseWithError(full)
	if err := Plot(write, several(2)); !errors.Is(err, full) || err.Error() != "write the plot: no space left" {
		t.Errorf("error %v", err)
	}
}

// Whatever the values, the picture is well-formed, draws all that was compared, and each dot lies within the frame.
func TestPlotLaws(t *testing.T) {
	odd := rapid.OneOf(
		rapid.SampledFrom([]float64{0, 5e-324, 1e-9, 0.1, 1, 100, 100, 1e9, 1e10, 1e300, math.MaxFloat64, math.Inf(1), math.NaN(), -1}),
		rapid.Float64Range(0.1, 1e5), rapid.Float64())
	rapid.Check(t, func(t *rapid.T) {
		all := make([]Migration, rapid.IntRange(0, 130).Draw(t, "migrations"))
		compared := 0
		for i := range all {
			all[i] = paused(odd.Draw(t, "predicted"), odd.Draw(t, "actual"))
			all[i].Prediction.Interval = prediction.Interval{Lower: odd.Draw(t, "lower"), Upper: odd.Draw(t, "upper")}
			all[i].Name = rapid.String().Draw(t, "name")
			if all[i].Outcome.DowntimeMS == nil {
				all[i] = cancelled()
			}
			if all[i].Error != nil {
				compared++
			}
		}
		var b, again bytes.Buffer
		if err := errors.Join(Plot(&b, all), Plot(&again, all)); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(b.Bytes(), again.Bytes()) {
			t.Fatalf("the same migrations have two plots")
		}
		if d := parsed(t, b.String()); d.dots() != compared {
			t.Fatalf("%d dots, want %d", d.dots(), compared)
		}
		for _, m := range newPlot(all).compared {
			x, y := newPlot(all).dot(m)
			if !(x >= plotLeft && x <= plotLeft+plotSide && y >= plotTop && y <= plotTop+plotSide) {
				t.Fatalf("a dot at %g, %g", x, y)
			}
		}
	})
}

func TestPercentInWords(t *testing.T) {
	for fraction, want := range map[float64]string{
		0: "0 %", 0.0123: "1.2 %", 0.0996: "10 %", 0.123: "12 %", 1: "100 %", 1e9: "over 9999 %", math.Inf(1): "over 9999 %", math.NaN(): "unknown",
	} {
		if got := percent(fraction); got != want {
			t.Errorf("%g: %q, want %q", fraction, got, want)
		}
	}
}

func BenchmarkPlot(b *testing.B) {
	for _, n := range []int{100, 1000, 10000} {
		all := several(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				if err := Plot(io.Discard, all); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
