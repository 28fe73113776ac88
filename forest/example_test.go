package forest_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"vmmp/forest"

	"gonum.org/v1/gonum/mat"
)

// journeys returns trips of known length (km) and speed limit (km/h), and how long they took (minutes). The limit of
// every fourth is unknown.
func journeys() forest.Data {
	random := rand.New(rand.NewPCG(1, 2))
	x, y := mat.NewDense(2000, 2, nil), make([]float64, 2000)
	for i := range y {
		length, limit := 100*random.Float64(), 50+10*float64(random.IntN(9))
		y[i] = 60 * length / limit * (1 + 0.3*random.ExpFloat64())
		if i%4 == 0 {
			limit = math.NaN()
		}
		x.SetRow(i, []float64{length, limit})
	}
	return forest.Data{X: x, Y: y}
}

func Example() {
	f, err := forest.Fit(context.Background(), journeys(), forest.Config{MinLeaf: 5})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("50 km at 50 km/h: %.0f minutes\n", f.PredictRow([]float64{50, 50}))
	fmt.Printf("50 km at 130 km/h: %.0f minutes\n", f.PredictRow([]float64{50, 130}))
	fmt.Printf("50 km at whatever: %.0f minutes\n", f.PredictRow([]float64{50, math.NaN()}))
	// Output:
	// 50 km at 50 km/h: 73 minutes
	// 50 km at 130 km/h: 28 minutes
	// 50 km at whatever: 38 minutes
}

func ExampleForest_Quantiles() {
	f, err := forest.Fit(context.Background(), journeys(), forest.Config{MinLeaf: 20})
	if err != nil {
		fmt.Println(err)
		return
	}
	trips := mat.NewDense(2, 2, []float64{50, 130, 50, math.NaN()})
	q := f.Quantiles(nil, trips, 0.05, 0.5, 0.95)
	for i, speed := range []string{"130 km/h", "whatever"} {
		fmt.Printf("at %s: %.0f minutes, %.0f to %.0f in nine cases of ten\n", speed, q.At(i, 1), q.At(i, 0), q.At(i, 2))
	}
	// Output:
	// at 130 km/h: 28 minutes, 23 to 44 in nine cases of ten
	// at whatever: 42 minutes, 27 to 73 in nine cases of ten
}

func ExampleForest_OutOfBag() {
	d := journeys()
	f, err := forest.Fit(context.Background(), d, forest.Config{MinLeaf: 5})
	if err != nil {
		fmt.Println(err)
		return
	}
	o, err := f.OutOfBag(d)
	if err != nil {
		fmt.Println(err)
		return
	}
	seen, unseen := 0.0, 0.0
	for i, p := range o.Predict(nil) {
		unseen += math.Abs(p-d.Y[i]) / float64(len(d.Y))
		seen += math.Abs(f.PredictRow(mat.Row(nil, i, d.X))-d.Y[i]) / float64(len(d.Y))
	}
	fmt.Printf("mean error on rows it has seen: %.1f minutes\n", seen)
	fmt.Printf("as if it had not: %.1f minutes\n", unseen)
	// Output:
	// mean error on rows it has seen: 8.0 minutes
	// as if it had not: 10.1 minutes
}

func ExampleOutOfBag_Conformal() {
	d := journeys()
	f, err := forest.Fit(context.Background(), d, forest.Config{MinLeaf: 5})
	if err != nil {
		fmt.Println(err)
		return
	}
	o, err := f.OutOfBag(d)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, unknown := range [][]int{nil, {1}} {
		c, err := o.Conformal(0.9, unknown...)
		if err != nil {
			fmt.Println(err)
			return
		}
		row := []float64{50, 130}
		for _, column := range unknown {
			row[column] = math.NaN()
		}
		low, high := c.IntervalRow(row)
		fmt.Printf("50 km at %.0f km/h: %.0f to %.0f minutes\n", row[1], low, high)
	}
	// Output:
	// 50 km at 130 km/h: 21 to 37 minutes
	// 50 km at NaN km/h: 20 to 70 minutes
}

func ExampleExplainer() {
	f, err := forest.Fit(context.Background(), journeys(), forest.Config{MinLeaf: 5})
	if err != nil {
		fmt.Println(err)
		return
	}
	e, err := f.Explainer()
	if err != nil {
		fmt.Println(err)
		return
	}
	trip := []float64{50, 130}
	why := e.ExplainRow(nil, trip)
	fmt.Printf("a journey takes %.0f minutes,\n", e.Base())
	fmt.Printf("%+.0f for 50 km, %+.0f for 130 km/h,\n", why[0], why[1])
	fmt.Printf("which makes %.0f\n", f.PredictRow(trip))
	// Output:
	// a journey takes 47 minutes,
	// -4 for 50 km, -15 for 130 km/h,
	// which makes 28
}

func ExampleDecode() {
	f, err := forest.Fit(context.Background(), journeys(), forest.Config{Trees: 20})
	if err != nil {
		fmt.Println(err)
		return
	}
	data, err := f.AppendBinary(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	g, err := forest.Decode(data)
	fmt.Println(g.Trees(), "trees, error:", err)

	_, err = forest.Decode(data[:len(data)/2])
	fmt.Println(err)
	// Output:
	// 20 trees, error: <nil>
	// forest: checksum mismatch
}
