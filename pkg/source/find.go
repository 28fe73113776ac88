package source

import (
	"context"
	"fmt"
	"strings"

	"vmmp/pkg/migration"
)

// Find returns the VM that a name means at a place: the one of that id, or the only one of that name. Errors are those
// of List, or say what was found instead and wrap ErrUnknownVM.
func Find(ctx context.Context, s Source, name string) (VM, error) {
	vms, err := s.List(ctx)
	if err != nil {
		return VM{}, err
	}
	var found, names []string
	var vm VM
	for _, v := range vms {
		if v.ID == name {
			return v, nil
		}
		if v.Name == name {
			vm, found = v, append(found, v.ID)
		}
		names = append(names, v.Name)
	}
	switch {
	case len(found) == 1:
		return vm, nil
	case len(found) > 1:
		return VM{}, fmt.Errorf("%w as the one %q: %d have that name; give the id, one of %s",
			ErrUnknownVM, name, len(found), strings.Join(found, ", "))
	case len(names) == 0:
		return VM{}, fmt.Errorf("%w as %q: the place has none that this connection may see", ErrUnknownVM, name)
	}
	if near := migration.NearestName(name, names); near != "" {
		return VM{}, fmt.Errorf("%w as %q: did you mean %s?", ErrUnknownVM, name, near)
	}
	return VM{}, fmt.Errorf("%w as %q: there are %s", ErrUnknownVM, name, some(names))
}

// some lists the first names.
func some(names []string) string {
	const most = 8
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
