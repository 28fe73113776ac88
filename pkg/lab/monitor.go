package lab

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"vmmp/pkg/qmp"
)

// monitor is QEMU's, with the commands that a lab gives beside the questions of package query, in QEMU's words:
// docs/interop/qemu-qmp-ref.html, read against QEMU 10.0.2's own query-qmp-schema. Each fails as Execute does.
type monitor struct{ *qmp.Client }

// setCapabilities switches migration capabilities such as events, auto-converge, multifd, postcopy-ram or xbzrle on or
// off. Both sides must be told.
func (m monitor) setCapabilities(ctx context.Context, states map[string]bool) error {
	type capability struct {
		Name  string `json:"capability"`
		State bool   `json:"state"`
	}
	list := []capability{}
	for _, name := range slices.Sorted(maps.Keys(states)) {
		list = append(list, capability{name, states[name]})
	}
	return m.Execute(ctx, "migrate-set-capabilities", map[string]any{"capabilities": list}, nil)
}

// migrationParameters are those of migrate-set-parameters that a lab sets. A zero leaves QEMU's value as it is.
type migrationParameters struct {
	DowntimeLimit   int64 `json:"downtime-limit,omitempty"`   // 1 to 2,000,000 ms; default 300 ms
	MaxBandwidth    int64 `json:"max-bandwidth,omitempty"`    // bytes/s, of the rounds only; default 128 MiB/s
	MultifdChannels int   `json:"multifd-channels,omitempty"` // 1 to 255; default 2

	MultifdCompression string `json:"multifd-compression,omitempty"` // none, zlib, zstd, ...; default none

	TLSCredentials *string `json:"tls-creds,omitempty"` // name of an object; empty: without
}

// setParameters sets what is not zero in p.
func (m monitor) setParameters(ctx context.Context, p migrationParameters) error {
	return m.Execute(ctx, "migrate-set-parameters", p, nil)
}

// addTLSKey reads a key that both ends share from the file keys.psk in a folder; endpoint is client or server, and only
// a client says whose key of the file it takes.
func (m monitor) addTLSKey(ctx context.Context, id, folder, endpoint, user string) error {
	object := map[string]any{"qom-type": "tls-creds-psk", "id": id, "dir": folder, "endpoint": endpoint}
	if endpoint == tlsClient {
		object["username"] = user
	}
	return m.Execute(ctx, "object-add", object, nil)
}

// migrateIncoming makes a QEMU that was started with -incoming defer listen at an address: a URI such as tcp:HOST:PORT
// or unix:PATH, or, without a colon, the name of an abstract unix socket.
func (m monitor) migrateIncoming(ctx context.Context, address string) error {
	return m.Execute(ctx, "migrate-incoming", migrationAddress(address), nil)
}

// migrate starts a migration to the QEMU that listens at an address, written as for migrateIncoming, and returns at
// once.
func (m monitor) migrate(ctx context.Context, address string) error {
	return m.Execute(ctx, "migrate", migrationAddress(address), nil)
}

// migrationAddress makes arguments of an address. No URI can name an abstract socket, a channel can.
func migrationAddress(address string) map[string]any {
	if strings.Contains(address, ":") {
		return map[string]any{"uri": address}
	}
	socket := map[string]any{"transport": "socket", "type": "unix", "path": address, "abstract": true}
	return map[string]any{"channels": []any{map[string]any{"channel-type": "main", "addr": socket}}}
}

// migrateCancel asks for the migration to be given up; it is once query.Migrate says cancelled. It is no error if none
// is under way.
func (m monitor) migrateCancel(ctx context.Context) error {
	return m.Execute(ctx, "migrate_cancel", nil, nil)
}

// startPostcopy switches the migration under way to post-copy; the capability postcopy-ram must have been set on both
// sides.
func (m monitor) startPostcopy(ctx context.Context) error {
	return m.Execute(ctx, "migrate-start-postcopy", nil, nil)
}

// quit ends QEMU. That QEMU has gone, before or without a reply, is success.
func (m monitor) quit(ctx context.Context) error {
	if err := m.Execute(ctx, "quit", nil, nil); !errors.Is(err, qmp.ErrClosed) {
		return err
	}
	return nil
}
