// Package loopback finds ports of this machine for servers that tests start.
package loopback

import (
	"math/rand/v2"
	"net"
	"strconv"
	"testing"
)

// The range ports are drawn from lies below the one that outgoing connections get
// theirs from (net.ipv4.ip_local_port_range, 32768 to 60999): between the draw and the
// start of the server no connection of another test can take it.
const lowest, highest = 20_000, 32_000

// Port returns a TCP port on which nobody listens. A server that can say where it
// listens should be given port 0 instead; this is for those that cannot.
func Port(t testing.TB) string {
	t.Helper()
	const attempts = 100
	var err error
	for range attempts {
		port := strconv.Itoa(lowest + rand.IntN(highest-lowest))
		var listener net.Listener
		if listener, err = net.Listen("tcp", ":"+port); err == nil {
			_ = listener.Close()
			return port
		}
	}
	t.Fatalf("no port of %d to %d is free: %v", lowest, highest, err)
	return ""
}
