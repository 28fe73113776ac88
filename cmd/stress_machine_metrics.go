package cmd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"

	"vmmp/cmd/internal/render"
	"vmmp/pkg/httpd"
	"vmmp/pkg/metrics"
	"vmmp/pkg/stress"
)

// shownMetrics shows a load to Prometheus; nil shows nothing.
type shownMetrics struct {
	metrics *metrics.Stress
	stop    context.CancelFunc // of the server
	closed  chan struct{}
}

// showMetrics begins to serve the metrics, nil where none were asked for.
func showMetrics(ctx context.Context, e *env, addr string) (*shownMetrics, error) {
	if addr == "" {
		return nil, nil
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		err = fmt.Errorf("--metrics-addr %s: %w; choose another address", addr, err)
		if errors.Is(err, syscall.EADDRINUSE) {
			return nil, err
		}
		return nil, usage(err)
	}
	s := &shownMetrics{metrics: metrics.NewStress(metricsBuild()), closed: make(chan struct{})}
	routes := http.NewServeMux()
	routes.Handle("GET /metrics", s.metrics.Handler())
	server := httpd.NewServer(routes, httpd.Options{
		Log: slog.New(slog.DiscardHandler), Timeouts: httpd.Timeouts{Header: 5 * time.Second},
	})
	ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	fmt.Fprintf(e.stderr, "vmmp: metrics on http://%s/metrics\n", listener.Addr())
	go func() {
		defer close(s.closed)
		_ = server.Serve(ctx, listener) // a fault of accepting costs a scrape, and nobody waits for one at the end
	}()
	return s, nil
}

func (s *shownMetrics) close() {
	if s != nil {
		s.stop()
		<-s.closed
	}
}

// show sets the metrics to one second of the load.
func (s *shownMetrics) show(o render.Observation) {
	if s == nil {
		return
	}
	r := metrics.StressReading{
		Host:              hostReading(o.Host),
		PredictedDowntime: o.Prediction.PredictedDowntime / 1000,
		DirtyBytes:        o.DirtyRate * (1 << 20),
		Work:              map[string]float64{}, Workers: map[string]int{},
	}
	cpu := o.Load.Of(stress.CPU)
	vm := o.Load.Of(stress.VM)
	r.CPUTarget, r.CPUAchieved, r.DirtyTarget = cpu.Target, cpu.Achieved, vm.Target*float64(vm.Workers)
	for _, s := range o.Load.Stressors {
		r.Work[string(s.Stressor)], r.Workers[string(s.Stressor)] = s.Total, s.Workers
	}
	s.metrics.Show(r)
}
