// Package rooms holds the import law of this repository: which folder is for what, what
// of ours it may import, and which third-party libraries it may use.
//
// The table below is the only place where the law is written. TestRooms holds every Go
// file to it; the depguard rules of .golangci.yml, by which the linter speaks up while a
// file is being edited, and the tables of CONTRIBUTING.md are written from it:
//
//	go test ./tests/rooms -update-docs
package rooms

var table = law{
	rooms: []room{
		{folder: ".", holds: "calls `cmd`", imports: []string{"cmd"}},
		{
			folder: "cmd", holds: "the command line: one file per verb; what it shows in `cmd/internal/`",
			imports: []string{"pkg/...", "configs"},
		},
		{
			folder: "forest", holds: "a random forest that knows nothing of migrations",
			light: true, only: []string{"gonum.org/v1/gonum"},
		},
		{folder: "pkg/migration", holds: "the vocabulary: features, outcomes, records, CSV", light: true},
		{
			folder: "pkg/prediction", holds: "an answer: the prediction, its id, the verdict on an outcome",
			imports: []string{"pkg/migration"},
		},
		{folder: "pkg/precopy", holds: "the physics of one migration", imports: []string{"pkg/migration"}},
		{
			folder: "pkg/population", holds: "plausible virtual machines and sites",
			imports: []string{"pkg/precopy", "pkg/migration"},
		},
		{
			folder: "pkg/evaluate", holds: "metrics, folds, baselines",
			imports: []string{"pkg/precopy", "pkg/prediction", "pkg/migration"},
		},
		{
			folder: "pkg/model", holds: "asking: the trained predictor, its file, the embedded one",
			imports: []string{"forest", "pkg/evaluate", "pkg/precopy", "pkg/prediction", "pkg/migration", "pkg/atomicfile"},
			tests:   []string{"pkg/model/train"},
		},
		{
			folder: "pkg/model/train", holds: "learning and assessing",
			imports: []string{"forest", "pkg/model", "pkg/evaluate", "pkg/precopy", "pkg/prediction", "pkg/migration"},
		},
		{folder: "pkg/qmp", holds: "a QMP client"},
		{
			folder: "pkg/qmp/query", holds: "what a QEMU tells by QMP, with types and units",
			imports: []string{"pkg/qmp", "pkg/migration"},
		},
		{
			folder: "pkg/lab", holds: "real migrations between two local QEMUs",
			imports: []string{"pkg/qmp", "pkg/qmp/query", "pkg/host", "pkg/migration"},
		},
		{
			folder: "pkg/host", holds: "a snapshot of this machine, watched; a hypervisor's process",
			imports: []string{"pkg/migration"},
		},
		{
			folder: "pkg/source", holds: "VMs, what is known of them and what came of them, from where they run",
			imports: []string{"pkg/qmp", "pkg/qmp/query", "pkg/host", "pkg/migration"},
			tests:   []string{"configs"},
		},
		{
			folder: "pkg/roster", holds: "the VMs of watched places, each with its newest prediction",
			imports: []string{"pkg/source", "pkg/prediction", "pkg/migration"},
		},
		{
			folder: "pkg/history", holds: "observed migrations on disk",
			imports: []string{"pkg/prediction", "pkg/migration"},
		},
		{
			folder: "pkg/accuracy", holds: "which prediction an outcome is of, how right predictions were, business figures",
			imports: []string{"pkg/history", "pkg/evaluate", "pkg/prediction", "pkg/migration"},
			tests:   []string{"pkg/model", "pkg/model/train"},
		},
		{
			folder: "pkg/simulate", holds: "runs of simulated or real migrations",
			imports: []string{
				"pkg/population", "pkg/lab", "pkg/evaluate", "pkg/model", "pkg/prediction", "pkg/migration",
			},
		},
		{
			folder: "pkg/stress", holds: "load on this machine and on an API",
			imports: []string{"pkg/host", "pkg/migration"},
		},
		{
			folder: "pkg/metrics", holds: "every `vmmp_*` instrument",
			imports: []string{"pkg/prediction"},
		},
		{
			folder: "pkg/httpd", holds: "what every HTTP server of ours needs: identity, limits, pace, life cycle",
			imports: []string{"pkg/metrics", "pkg/config"},
		},
		{
			folder: "pkg/api", holds: "the operations of the HTTP API",
			imports: []string{
				"pkg/httpd", "pkg/roster", "pkg/simulate", "pkg/accuracy", "pkg/history", "pkg/host", "pkg/metrics", "pkg/model",
				"pkg/config", "pkg/prediction", "pkg/migration",
			},
			tests: []string{"pkg/model/train", "pkg/source"},
		},
		{
			folder: "pkg/client", holds: "the Go client of the API",
			imports: []string{"pkg/prediction", "pkg/migration"}, tests: []string{"pkg/model"},
		},
		{folder: "pkg/atomicfile", holds: "a file is written whole or not at all"},
		{folder: "pkg/config", holds: "typed configuration", imports: []string{"pkg/atomicfile"}},
		{folder: "configs", holds: "example and default configuration"},
		{folder: "monitoring", holds: "Prometheus rules, Grafana dashboards", tests: []string{"pkg/metrics"}},
		{folder: "tests", holds: "tests of the whole: rooms, documents, packages, the stack, the truth about the model", imports: []string{"..."}},
	},
	doors: []door{
		{"cobra", "github.com/spf13/cobra", []string{"cmd"}},
		{"viper", "github.com/spf13/viper", []string{"cmd", "pkg/config"}},
		{"gopsutil", "github.com/shirou/gopsutil", []string{"pkg/host"}},
		{"huma", "github.com/danielgtaylor/huma", []string{"pkg/api"}},
		{
			"client_golang's instruments", "github.com/prometheus/client_golang/prometheus",
			[]string{"pkg/metrics", "pkg/httpd", "pkg/api"},
		},
		{"gonum", "gonum.org/v1/gonum", []string{"forest", "pkg/evaluate", "pkg/model", "pkg/model/train"}},
	},
	names: []string{"util", "utils", "common", "helper", "helpers", "types", "manager"},
}
