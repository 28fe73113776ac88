package query

import (
	"context"
	"strings"
)

// A Property is one of an object of QEMU's (QOM).
type Property struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// Child returns the type of the object that a property holds; false where it holds none.
func (p Property) Child() (string, bool) {
	kind, ok := strings.CutPrefix(p.Type, "child<")
	return strings.TrimSuffix(kind, ">"), ok
}

// Properties lists those of the object at a path, such as /machine/peripheral.
func Properties(ctx context.Context, q Executor, path string) ([]Property, error) {
	return ask[[]Property](ctx, q, "qom-list", map[string]string{"path": path})
}

// Get returns a property of the object at a path.
func Get[T any](ctx context.Context, q Executor, path, property string) (T, error) {
	return ask[T](ctx, q, "qom-get", map[string]string{"path": path, "property": property})
}

// A Device is one that was added to the machine, by -device or later.
type Device struct {
	Path string
	Type string // such as vfio-pci
}

// Devices lists those that were added to the machine, named ones first.
func Devices(ctx context.Context, q Executor) ([]Device, error) {
	var all []Device
	for _, folder := range []string{"/machine/peripheral", "/machine/peripheral-anon"} {
		properties, err := Properties(ctx, q, folder)
		if err != nil {
			return all, err
		}
		for _, p := range properties {
			if kind, ok := p.Child(); ok {
				all = append(all, Device{folder + "/" + p.Name, kind})
			}
		}
	}
	return all, nil
}
