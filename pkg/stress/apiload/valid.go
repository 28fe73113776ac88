package apiload

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sort"
	"strconv"

	"vmmp/pkg/migration"
)

// drawValid draws a valid request: some of the features, within their bounds and without contradiction.
func drawValid(random *rand.Rand) Request {
	for {
		var x migration.Features
		for _, d := range migration.Definitions {
			if d.Required || random.IntN(2) == 0 {
				drawFeature(&x, d, random)
			}
		}
		if x.Validate() != nil {
			continue // what was dirtied is drawn three times, and must agree
		}
		text, err := x.MarshalJSON()
		if err != nil {
			panic("apiload: features that JSON cannot hold: " + err.Error())
		}
		return Request{Name: fmt.Sprintf("%d features", x.Known().Len()), Body: string(text)}
	}
}

// drawFeature makes a feature known. Where its bounds are orders of magnitude apart,
// each order is as likely as the others.
func drawFeature(x *migration.Features, d migration.Definition, random *rand.Rand) {
	switch d.Kind {
	case migration.Points:
		x.SetPoints(drawPoints(random))
	case migration.Bool, migration.Choice:
		x.Set(d.Feature, float64(random.IntN(int(d.Max)+1)))
	case migration.Integer, migration.Version:
		x.Set(d.Feature, math.Round(between(max(1, d.Min), d.Max, random)))
	default:
		x.Set(d.Feature, between(max(1, d.Min), d.Max, random))
	}
}

// between draws from a logarithmic scale, to four digits.
func between(low, high float64, random *rand.Rand) float64 {
	v := low * math.Pow(high/low, random.Float64())
	short, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 4, 64), 64)
	return min(high, max(low, short))
}

// drawPoints draws a dirty curve of a few windows.
func drawPoints(random *rand.Rand) []migration.Point {
	windows := []float64{0.1, 0.3, 1, 3, 10}
	points := make([]migration.Point, 1+random.IntN(len(windows)))
	amounts := make([]float64, len(points))
	for i := range amounts {
		amounts[i] = between(1, 1e5, random)
	}
	sort.Float64s(amounts)
	for i := range points {
		points[i] = migration.Point{Seconds: windows[i], MiB: amounts[i]}
	}
	return points
}
