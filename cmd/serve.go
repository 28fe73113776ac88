package cmd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"

	"vmmp/pkg/accuracy"
	"vmmp/pkg/api"
	"vmmp/pkg/config"
	"vmmp/pkg/history"
	"vmmp/pkg/history/stores"
	"vmmp/pkg/host"
	"vmmp/pkg/httpd"
	"vmmp/pkg/model"
)

// serveFlags are those of `vmmp serve`.
type serveFlags struct {
	config      string
	printConfig bool
	typed       map[string]string // the configuration's keys that were typed as flags
}

// configFlags are the flags that stand for a key of the configuration of the same name.
var configFlags = []string{"addr", "model", "history"}

func newServeCommand(e *env) *cobra.Command {
	var flags serveFlags
	c := &cobra.Command{
		Use:   "serve",
		Short: "Answer over HTTP, remember outcomes, say how right it was",
		Long: `Serve answers predictions over HTTP, from the embedded model unless told
otherwise, remembers what came of migrations, and says how right it was. Where it
listens, GET / lists what can be asked and /docs shows it in a browser.

Every key of the configuration can be set in a file, by an environment variable
(VMMP_ADDR, VMMP_LOG_LEVEL, ...) or, for the most used, by a flag. Flags win over
the environment, the environment over the file. API_HOST and API_PORT are heard
too. --print-config shows what is in force, with comments, as a file to begin
with.

SIGTERM and SIGINT stop it in order: requests under way are answered, new ones are
refused. A second one stops it at once.
` + exitHelp,
		Example: `  vmmp serve
  vmmp serve --addr 127.0.0.1:9000 --model mine.vmmp
  vmmp serve --history postgres://vmmp@db.example/vmmp
  vmmp serve --print-config > vmmp.yaml`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			flags.typed = map[string]string{}
			for _, name := range configFlags {
				if f := c.Flags().Lookup(name); f.Changed {
					flags.typed[name] = f.Value.String()
				}
			}
			return runServe(c.Context(), e, flags)
		},
	}
	f := c.Flags()
	f.String("addr", "", "address to listen on, such as 127.0.0.1:9000 (default :8001)")
	f.String("model", "", "model file (default: the embedded model)")
	f.String("history", "",
		"FILE or postgres://... to keep migrations in, or none (default: history.db below $XDG_STATE_HOME/vmmp)")
	f.StringVar(&flags.config, "config", "",
		"configuration file (default: ./vmmp.yaml, else vmmp/vmmp.yaml below $XDG_CONFIG_HOME)")
	f.BoolVar(&flags.printConfig, "print-config", false, "print the configuration in force and exit")
	return c
}

func runServe(ctx context.Context, e *env, flags serveFlags) error {
	loaded, err := config.Load(config.Options{File: flags.config, Flags: flags.typed, Getenv: e.getenv})
	if err != nil {
		return usage(err)
	}
	if flags.printConfig {
		return wrapWrite(loaded.Write(e.stdout))
	}
	watched, err := watchedPlaces(loaded.Sources)
	if err != nil {
		return usage(err)
	}
	start := e.now()
	m, err := loadModel(loaded.Model)
	if err != nil {
		return err
	}
	listener, err := listen(ctx, loaded.Addr)
	if err != nil {
		return err
	}
	defer listener.Close() //nolint:errcheck // it has only been listened on, and Serve closes it first
	log := e.newLog(loaded.Log)
	store, where, err := openHistory(ctx, e, loaded.Config)
	if err != nil {
		return err
	}
	if store != nil {
		defer closeHistory(store, log)
		go retain(ctx, store, history.Retention(loaded.Retention), log)
	}
	options := serverOptions(e, loaded.Config, m, store, log)
	options.Places = watched
	server := api.New(options)
	log.Info("ready", "addr", listener.Addr().String(), "model", m.ID(), "history", where, "config", loaded.File,
		"took_ms", e.now().Sub(start).Milliseconds())
	go debug.FreeOSMemory() // that reading the model took: a server may be idle for long
	if err := server.Serve(ctx, listener); err != nil {
		return err
	}
	log.Info("stopped")
	return nil
}

// listen opens the address. One that is taken is a single line that says so.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("listen on %s: another program listens there already: "+
			"end it, or choose another address with --addr", addr)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("listen on %s: not permitted: choose a port above 1023 with --addr", addr)
	case err != nil:
		return nil, usage(fmt.Errorf("listen on %s: %w; choose another address with --addr", addr, err))
	}
	return listener, nil
}

// openHistory opens the history that is configured, nil where none is to be kept, and says where it is.
func openHistory(ctx context.Context, e *env, c config.Config) (history.Store, string, error) {
	location, err := c.HistoryLocation(e.getenv)
	if err != nil {
		return nil, "", usage(err)
	}
	if location == config.NoHistory {
		return nil, config.NoHistory, nil
	}
	store, err := stores.Open(ctx, location)
	if err != nil {
		return nil, "", historyFault(fmt.Errorf("%w; or keep none with --history none", err))
	}
	return store, history.Redact(location), nil
}

// retain prunes the history for as long as the server runs.
func retain(ctx context.Context, store history.Store, keep history.Retention, log *slog.Logger) {
	history.Retain(ctx, store, keep, func(deleted int64, err error) {
		if err != nil {
			log.Error("history not pruned", "error", err)
		} else {
			log.Info("history pruned", "deleted", deleted)
		}
	})
}

// closeHistory ends the use of the history. What was acknowledged is on disk already, so that a fault fails nothing.
func closeHistory(store history.Store, log *slog.Logger) {
	if err := store.Close(); err != nil {
		log.Error("history not closed", "error", err)
	}
}

// serverOptions returns what a server is made of.
func serverOptions(e *env, c config.Config, m *model.Model, store history.Store, log *slog.Logger) api.Options {
	return api.Options{
		Version: thisBuild().Version, Model: m, LoadModel: func() (*model.Model, error) { return loadModel(c.Model) },
		History: store, Business: accuracy.Business(c.Business), Key: []byte(c.PredictionKey),
		Metrics: serverMetrics(log),
		Host:    host.NewWatcher(e.snapshot, e.now),
		Log:     log, Timeouts: httpd.Timeouts(c.Timeouts),
	}
}
