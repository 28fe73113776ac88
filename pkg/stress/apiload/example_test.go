package apiload_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"vmmp/pkg/stress/apiload"
)

func ExampleRun() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"predicted_downtime": 156.23}`)
	}))
	defer server.Close()
	target, err := apiload.NewTarget(server.URL, "")
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := apiload.Run(context.Background(), apiload.Options{
		Target: target, Connections: 2, Rate: 500, Duration: 200 * time.Millisecond, Timeout: time.Minute,
		Mix: apiload.Mix{apiload.Valid: 90, apiload.Invalid: 10},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(report.Requests, "requests,", report.Errors)
	fmt.Println(report.Shares["invalid"].Requests, "invalid ones")
	// Output:
	// 100 requests, map[unexpected_status:10]
	// 10 invalid ones
}
