package config

import (
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"

	"github.com/spf13/viper"
)

// A Loaded is a Config that was read.
type Loaded struct {
	Config
	File string // that was read, empty if there was none
}

// Load returns the configuration that o describes. Of flags, environment, file and
// defaults the first that gives a key wins. The error joins all faults, each on one
// line. A file is checked to its end; a variable is not if a flag wins over it.
func Load(o Options) (*Loaded, error) {
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	path, data, err := findFile(o)
	fromFile, faults := parse(path, data)
	fromEnv, wrong := environment(o)
	fromFlags, mistyped := flags(o)
	if all := slices.Concat([]error{err}, faults, wrong, mistyped); errors.Join(all...) != nil {
		return nil, errors.Join(all...)
	}
	c, err := layer(fromFile, fromEnv, fromFlags)
	if err != nil {
		return nil, err
	}
	return &Loaded{Config: c, File: path}, nil
}

// layer puts settings over the defaults, the later over the earlier.
func layer(layers ...settings) (Config, error) {
	// A name is whole here, whatever dots are in it: what sections mean was decided
	// while reading the file.
	v := viper.NewWithOptions(viper.KeyDelimiter("\x00"))
	for _, k := range Keys {
		v.SetDefault(k.Name, k.Default)
	}
	for _, l := range layers {
		if err := v.MergeConfigMap(l); err != nil {
			return Config{}, fmt.Errorf("merge the configuration: %w", err)
		}
	}
	var c Config
	for _, k := range Keys {
		if err := k.at(&c).set(v.GetString(k.Name)); err != nil {
			return Config{}, fmt.Errorf("%s %w", k.Name, err)
		}
	}
	return c, nil
}

// environment reads the variables of all keys. An empty one is not set. A variable
// that starts with VMMP_ and belongs to no key is no fault: for a service called
// vmmp Kubernetes sets VMMP_PORT and several more.
func environment(o Options) (settings, []error) {
	found, faults := settings{}, []error(nil)
	for i := range Keys {
		k := &Keys[i]
		if _, typed := o.Flags[k.Name]; typed {
			continue
		}
		origin, text, err := k.Env(), o.Getenv(k.Env()), error(nil)
		if text == "" && k.Name == "addr" {
			origin, text, err = hostAndPort(o.Getenv)
		}
		if text != "" && err == nil {
			err = k.check(origin, text)
		}
		if err != nil {
			faults = append(faults, err)
		} else if text != "" {
			found[k.Name] = text
		}
	}
	return found, faults
}

// hostAndPort returns an address made of API_HOST and API_PORT, either of which may be
// missing, and which were there. Without both it is empty.
func hostAndPort(getenv func(string) string) (origin, addr string, err error) {
	host, port := getenv("API_HOST"), getenv("API_PORT")
	bare := strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	var faults []error
	if !isHost(bare) {
		faults = append(faults,
			fmt.Errorf("API_HOST: must be a name or an IP address, not %s; VMMP_ADDR wins over it", quote(host)))
	}
	if port != "" && !isPort(port) {
		faults = append(faults,
			fmt.Errorf("API_PORT: must be a port from 0 to 65535, not %s; VMMP_ADDR wins over it", quote(port)))
	}
	if len(faults) > 0 || host == "" && port == "" {
		return "", "", errors.Join(faults...)
	}
	if port == "" {
		_, port, _ = net.SplitHostPort(Default().Addr)
	}
	return "API_HOST, API_PORT", net.JoinHostPort(bare, port), nil
}

// flags reads what was typed on the command line, in the order of Keys.
func flags(o Options) (settings, []error) {
	for name := range o.Flags {
		if lookup(name) == nil {
			panic("config: no key is called " + name)
		}
	}
	found, faults := settings{}, []error(nil)
	for i := range Keys {
		k := &Keys[i]
		text, typed := o.Flags[k.Name]
		if !typed {
			continue
		}
		if err := k.check("--"+k.Flag(), text); err != nil {
			faults = append(faults, err)
		}
		found[k.Name] = text
	}
	return found, faults
}
