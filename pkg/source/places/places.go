// Package places opens a place where VMs run by its address, whatever kind of place that is:
//
//	libvirt:                          the libvirt of this machine
//	libvirt:qemu+ssh://host/system    the libvirt of this URI
//	qmp:/run/vm.qmp                   the QEMU whose monitor listens at this socket, or qmp:host:port
//	prometheus:https://host:9090#NAME VMs as a Prometheus tells of them, by a mapping (NAME or FILE; without: kubevirt)
//	proxmox:https://host:8006         the guests of a Proxmox VE cluster
//	machine:                          this machine as a VM
//
// Secrets stand in the environment and not in addresses, which others can see: VMMP_PROMETHEUS_TOKEN, and
// VMMP_PROXMOX_TOKEN as USER@REALM!NAME=SECRET.
package places

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"vmmp/pkg/migration"
	"vmmp/pkg/source"
	"vmmp/pkg/source/libvirt"
	"vmmp/pkg/source/machine"
	"vmmp/pkg/source/printout"
	"vmmp/pkg/source/prometheus"
	"vmmp/pkg/source/proxmox"
	"vmmp/pkg/source/qemu"
)

// ErrAddress is what an error is of an address that no place can have.
var ErrAddress = errors.New("not the address of a place")

// addressError is an error of an address that says so by itself.
type addressError struct{ error }

// Unwrap returns what is wrong with the address.
func (e addressError) Unwrap() error { return e.error }

// Is implements errors.Is of ErrAddress.
func (e addressError) Is(target error) bool { return target == ErrAddress }

// Options are what addresses do not say.
type Options struct {
	Mappings fs.FS         // NAME.yaml of the mappings that have a name
	Timeout  time.Duration // that a place may take to answer; 0: its own
}

// The environment variables of tokens.
const (
	prometheusToken = "VMMP_PROMETHEUS_TOKEN"
	proxmoxToken    = "VMMP_PROXMOX_TOKEN"
	proxmoxCA       = "VMMP_PROXMOX_CA" // file of the authority that the cluster's certificate is of
)

// kind is a kind of place.
type kind struct {
	name  string
	check func(address string) error
	open  func(ctx context.Context, address string, o Options) (source.Source, error)
}

// kinds are those there are.
var kinds = []kind{
	{"libvirt", anything, func(ctx context.Context, uri string, _ Options) (source.Source, error) {
		return libvirt.Open(ctx, uri)
	}},
	{"qmp", something("a socket, or host:port"), func(ctx context.Context, at string, _ Options) (source.Source, error) {
		return qemu.Open(ctx, at)
	}},
	{"prometheus", something("a URL such as https://prometheus:9090"), openPrometheus},
	{"proxmox", something("a URL such as https://pve:8006"), openProxmox},
	{"machine", nothing, func(context.Context, string, Options) (source.Source, error) { return machine.Open(), nil }},
}

func anything(string) error { return nil }

// something returns the check of an address that says where.
func something(what string) func(string) error {
	return func(address string) error {
		if address == "" {
			return errors.New("give " + what)
		}
		return nil
	}
}

func nothing(address string) error {
	if address != "" {
		return fmt.Errorf("leave out %q: there is one alone", address)
	}
	return nil
}

// parse parts the address of a place.
func parse(address string) (kind, string, error) {
	name, at, _ := strings.Cut(address, ":")
	i := slices.IndexFunc(kinds, func(k kind) bool { return k.name == name })
	if i < 0 {
		var names []string
		for _, k := range kinds {
			names = append(names, k.name)
		}
		hint := "it begins with one of " + strings.Join(names, ":, ") + ":"
		if near := migration.NearestName(name, names); near != "" {
			hint = "did you mean " + near + ":?"
		}
		return kind{}, "", fmt.Errorf("%q is %w; %s", Name(address), ErrAddress, hint)
	}
	if err := kinds[i].check(at); err != nil {
		return kind{}, "", fmt.Errorf("%q is %w: %w", Name(address), ErrAddress, err)
	}
	return kinds[i], at, nil
}

// Check returns an error that wraps ErrAddress if no place can have the address.
func Check(address string) error {
	_, _, err := parse(address)
	return err
}

// Open opens the place of an address. Errors are ErrAddress, and those of the kind of place.
func Open(ctx context.Context, address string, o Options) (source.Source, error) {
	k, at, err := parse(address)
	if err != nil {
		return nil, err
	}
	return k.open(ctx, at, o)
}

// Name returns the address without a password, to be shown.
func Name(address string) string {
	name, at, found := strings.Cut(address, ":")
	u, err := url.Parse(at)
	if !found || err != nil || u.User == nil {
		return address
	}
	u.User = url.User(u.User.Username())
	return name + ":" + u.String()
}

// defaultMapping is that of a Prometheus of which no other is named.
const defaultMapping = "kubevirt"

// openPrometheus opens a Prometheus by its URL, behind which a mapping may stand.
func openPrometheus(_ context.Context, address string, o Options) (source.Source, error) {
	address, name, _ := strings.Cut(address, "#")
	if name == "" {
		name = defaultMapping
	}
	mapping, err := prometheus.LoadMapping(o.Mappings, name)
	if err != nil {
		return nil, addressError{err}
	}
	s, err := prometheus.Open(address, mapping, prometheus.Options{Token: os.Getenv(prometheusToken), Timeout: o.Timeout})
	if err != nil {
		return nil, addressError{err}
	}
	return s, nil
}

// openProxmox opens a Proxmox VE cluster by the URL of a node.
func openProxmox(_ context.Context, address string, o Options) (source.Source, error) {
	s, err := proxmox.Open(address, proxmox.Options{
		Token: os.Getenv(proxmoxToken), CAFile: os.Getenv(proxmoxCA), Timeout: o.Timeout, ReadLog: readTaskLog,
	})
	if err != nil {
		return nil, addressError{fmt.Errorf("%w; the token is taken from %s", err, proxmoxToken)}
	}
	return s, nil
}

// readTaskLog reads the log of a task that migrates a guest.
func readTaskLog(text []byte) (proxmox.Log, error) {
	reports, err := printout.Read(text, printout.ProxmoxLog, time.Local)
	if err != nil {
		return proxmox.Log{}, err
	}
	r := &reports[len(reports)-1]
	log := proxmox.Log{Live: len(r.Samples) > 0, Samples: r.Samples, Record: r.Record()}
	if r.Ended != nil {
		log.Reason = r.Ended.Reason
		log.Live = log.Live || r.Ended.Record.Outcome.SwitchedOver()
	}
	return log, nil
}
