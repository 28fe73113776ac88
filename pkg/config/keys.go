package config

import (
	"fmt"
	"strings"
)

// A Key is one thing that can be configured.
type Key struct {
	Name    string // in the file, with dots between a section and what stands in it
	Default string // as typed
	Doc     string // one line

	at func(*Config) value
	// hide returns a value without what must not be shown, and whether there was any;
	// nil where nothing is secret. It returns hidden if all of the value is secret.
	hide func(string) (string, bool)
}

// Keys are all of them, in the order of the file; those of a section stand
// together.
var Keys = []Key{
	{
		Name: "addr", Default: ":8001",
		Doc: "Address to listen on, as host:port; without a host on all interfaces.",
		at:  func(c *Config) value { return text{&c.Addr, checkAddr} },
	},
	{
		Name: "model",
		Doc:  "Model file that vmmp train wrote; empty: the embedded model.",
		at:   func(c *Config) value { return text{&c.Model, checkText} },
	},
	{
		Name: "history",
		Doc:  "File or postgres:// URL to keep migrations in, or none; empty: $XDG_STATE_HOME/vmmp/history.db.",
		at:   func(c *Config) value { return text{&c.History, checkHistory} },
		hide: withoutPassword,
	},
	{
		Name: "prediction_key",
		Doc:  "Secret that signs prediction_ids, the same on all replicas; empty: they are not signed.",
		at:   func(c *Config) value { return text{&c.PredictionKey, checkText} },
		hide: hide,
	},
	{
		Name: "sources.places",
		Doc:  "Places whose VMs are watched, such as libvirt:qemu:///system, parted by spaces; empty: none.",
		at:   func(c *Config) value { return text{&c.Sources.Places, checkText} },
		hide: withoutPasswords,
	},
	{
		Name: "sources.interval", Default: "1m",
		Doc: "How often a place is looked at.",
		at:  func(c *Config) value { return duration{&c.Sources.Interval, 1} },
	},
	{
		Name: "sources.vms", Default: "500",
		Doc: "VMs of a place that one look observes at most; the others have their turn at the next.",
		at:  func(c *Config) value { return count{&c.Sources.VMs} },
	},
	{
		Name: "sources.measure", Default: "none",
		Doc: "What a look measures beyond reading, where the place allows it: none, dirty-rate or curve.",
		at:  func(c *Config) value { return choice{&c.Sources.Measure, []string{"none", "dirty-rate", "curve"}} },
	},
	{
		Name: "retention.max_age", Default: "0s",
		Doc: "Age at which recorded migrations are deleted, such as 2160h for 90 days; 0s: never.",
		at:  func(c *Config) value { return duration{&c.Retention.MaxAge, 0} },
	},
	{
		Name: "retention.max_rows", Default: "0",
		Doc: "Number of recorded migrations that are kept, the newest; 0: all.",
		at:  func(c *Config) value { return count{&c.Retention.MaxRows} },
	},
	{
		Name: "timeouts.header", Default: "5s",
		Doc: "How long a client may take to send the head of a request.",
		at:  func(c *Config) value { return duration{&c.Timeouts.Header, 1} },
	},
	{
		Name: "timeouts.read", Default: "10s",
		Doc: "Grace that a client has before it must send the body at a sensible rate.",
		at:  func(c *Config) value { return duration{&c.Timeouts.Read, 1} },
	},
	{
		Name: "timeouts.write", Default: "10s",
		Doc: "Grace that a client has before it must read the answer at a sensible rate.",
		at:  func(c *Config) value { return duration{&c.Timeouts.Write, 1} },
	},
	{
		Name: "timeouts.idle", Default: "120s",
		Doc: "How long a connection is kept open between two requests.",
		at:  func(c *Config) value { return duration{&c.Timeouts.Idle, 1} },
	},
	{
		Name: "timeouts.drain", Default: "10s",
		Doc: "How long requests under way may take to end when the server stops.",
		at:  func(c *Config) value { return duration{&c.Timeouts.Drain, 0} },
	},
	{
		Name: "timeouts.linger", Default: "0s",
		Doc: "How long /ready says no before the server stops listening, for load balancers to notice.",
		at:  func(c *Config) value { return duration{&c.Timeouts.Linger, 0} },
	},
	{
		Name: "log.level", Default: "info",
		Doc: "Least severe that is logged: debug, info, warn or error.",
		at:  func(c *Config) value { return level{&c.Log.Level} },
	},
	{
		Name: "log.format", Default: "auto",
		Doc: "Form of the log: text, json, or auto for text on a terminal and json elsewhere.",
		at:  func(c *Config) value { return choice{&c.Log.Format, []string{"auto", "text", "json"}} },
	},
	{
		Name: "business.downtime_limit", Default: "0s",
		Doc: "Downtime under which a migration counts as a success; 0s: any that switched over by itself does.",
		at:  func(c *Config) value { return duration{&c.Business.DowntimeLimit, 0} },
	},
	{
		Name: "business.baseline_downtime", Default: "0s",
		Doc: "Downtime that a move would cost without vmmp, which the savings are counted from; 0s: unknown.",
		at:  func(c *Config) value { return duration{&c.Business.BaselineDowntime, 0} },
	},
	{
		Name: "business.price_per_second", Default: "0",
		Doc: "What one second of downtime costs.",
		at:  func(c *Config) value { return price{&c.Business.PricePerSecond} },
	},
	{
		Name: "business.currency",
		Doc:  "Currency of the price, such as EUR.",
		at:   func(c *Config) value { return text{&c.Business.Currency, checkText} },
	},
}

// Default returns the configuration that holds where nothing is said.
func Default() Config {
	var c Config
	for _, k := range Keys {
		if err := k.at(&c).set(k.Default); err != nil {
			panic(fmt.Sprintf("config: default of %s: %v", k.Name, err))
		}
	}
	return c
}

// Env returns the environment variable of the key, such as VMMP_LOG_LEVEL.
func (k Key) Env() string {
	return "VMMP_" + strings.ToUpper(strings.ReplaceAll(k.Name, ".", "_"))
}

// Flag returns the name of the key's flag, where a command has one: log-level of
// log.level.
func (k Key) Flag() string {
	return strings.NewReplacer(".", "-", "_", "-").Replace(k.Name)
}

// section returns the part of the name before the dot, empty where there is none.
func (k Key) section() string {
	before, _, found := strings.Cut(k.Name, ".")
	if !found {
		return ""
	}
	return before
}

// check returns what is wrong with a value, and where it came from.
func (k *Key) check(origin, typed string) error {
	var scratch Config
	err := k.at(&scratch).set(typed)
	if err == nil {
		return nil
	}
	shown := quote(typed)
	if k.hide != nil {
		if rest, secret := k.hide(typed); secret {
			shown = "what is there " + hidden
			if rest != hidden {
				shown = quote(rest)
			}
		}
	}
	return fmt.Errorf("%s: %s %w, not %s", origin, k.Name, err, shown)
}

// lookup returns the key of a name, nil if there is none.
func lookup(name string) *Key {
	for i := range Keys {
		if Keys[i].Name == name {
			return &Keys[i]
		}
	}
	return nil
}

// isSection reports whether keys stand in a section of that name.
func isSection(name string) bool {
	for _, k := range Keys {
		if name != "" && k.section() == name {
			return true
		}
	}
	return false
}
