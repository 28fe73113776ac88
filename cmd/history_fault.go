package cmd

import (
	"errors"

	"vmmp/pkg/history"
)

// historyFault marks as a usage error what was named and is no history, unlike one that may be in
// order the next time: whoever restarts a server on failures restarts it then.
func historyFault(err error) error {
	for _, named := range []error{history.ErrLocation, history.ErrNewer, history.ErrDamaged} {
		if errors.Is(err, named) {
			return usage(err)
		}
	}
	return err
}
