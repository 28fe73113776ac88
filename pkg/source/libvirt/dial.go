package libvirt

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"

	"vmmp/pkg/source"
)

// dial connects to the place's libvirt, without a word spoken yet. Errors wrap source.ErrDenied where the machine
// refuses this user the socket.
func (p place) dial(ctx context.Context, readOnly bool) (net.Conn, error) {
	var d net.Dialer
	switch p.transport {
	case overTCP:
		return d.DialContext(ctx, "tcp", p.address(tcpPort))
	case overTLS:
		return p.dialTLS(ctx)
	case overSSH:
		return p.dialSSH(readOnly)
	}
	paths := p.sockets(readOnly)
	var refused error
	for _, path := range paths {
		conn, err := d.DialContext(ctx, "unix", path)
		switch {
		case err == nil:
			return conn, nil
		case errors.Is(err, fs.ErrPermission):
			return nil, fmt.Errorf("%w: %s: be root or in the group libvirt", source.ErrDenied, path)
		case !errors.Is(err, fs.ErrNotExist): // what is left of one that ran, perhaps
			refused = cmp.Or(refused, fmt.Errorf("%w: does libvirtd or virtqemud run?", err))
		}
	}
	if refused != nil {
		return nil, refused
	}
	return nil, fmt.Errorf("no socket %s: is libvirt installed here, and does libvirtd or virtqemud run? %w",
		paths[0], fs.ErrNotExist)
}
