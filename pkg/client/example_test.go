package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"vmmp/pkg/client"
	"vmmp/pkg/migration"
)

func Example() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { // stands for vmmp serve
		switch r.URL.Path {
		case "/predict":
			_, _ = io.WriteString(w, `{"predicted_downtime": 156.2, "confidence": 0.87, "status": "success", "convergence_probability": 0.97,
				"interval": {"lower": 121, "upper": 204.5, "level": 0.9}, "prediction_id": "p1.eyJt"}`)
		case "/migrations":
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, `{"status": 404, "detail": "this server keeps no history: start it with --history FILE"}`)
		}
	}))
	defer server.Close()
	ctx := context.Background()

	c, err := client.New(server.URL, client.Options{})
	if err != nil {
		panic(err)
	}
	var vm migration.Features
	vm.Set(migration.CPULoad, 75)
	vm.Set(migration.MemoryUsage, 68)
	p, err := c.Predict(ctx, vm)
	if err != nil {
		panic(err)
	}
	fmt.Printf("%.0f ms, most likely %.0f to %.0f ms\n", p.PredictedDowntime, p.Interval.Lower, p.Interval.Upper)

	outcome := migration.UnknownOutcome()
	outcome.Status, outcome.DowntimeMS = migration.Completed, 148
	err = c.Record(ctx, []migration.Record{{Features: vm, Outcome: outcome, PredictionID: p.PredictionID}})
	var refusal *client.Error
	if errors.As(err, &refusal) {
		fmt.Println(refusal.Status, refusal.Detail)
	}
	// Output:
	// 156 ms, most likely 121 to 204 ms
	// 404 this server keeps no history: start it with --history FILE
}
