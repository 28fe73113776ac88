// Package libvirt reads virtual machines from libvirt: a host's domains, what is known of them, how their migrations
// go and what came of them. It speaks libvirt's own protocol through digitalocean/go-libvirt, so that neither cgo nor
// libvirt's library is needed.
//
// # Where libvirt is
//
// [Open] takes libvirt's connection URIs for QEMU:
//
//	qemu:///system, qemu:///session       the unix socket of libvirtd or virtqemud on this machine
//	qemu+unix:///system?socket=/some/path that one
//	qemu+tcp://host[:16509]/system        without encryption; only where the host asks for no password
//	qemu+tls://host[:16514]/system        with the certificates where libvirt expects them, or in ?pkipath=folder
//	qemu+ssh://[user@]host[:22]/system    through the user's own ssh, with all that its configuration says
//
// # Permissions
//
// A read-only connection is enough for most. Where the read-write socket is refused, the read-only one is taken, and
// each observation's notes say what it lacks for that: dirty rates, the dirty curve and the speed limit.
//
// # What is measured
//
// Rates are made of two samples of the domain statistics. All that are asked for together come in one call, which waits
// for no domain that is busy (libvirt's NOWAIT), so that a host of many domains costs hardly more than one of few; see
// [source.ObserveAll]. A dirty rate takes a second, the dirty curve four and a half; both are measured side by side,
// and never of a domain that is being migrated.
//
// Three of libvirt's figures are not what their names say. The resident memory of a domain (balloon.rss) includes what
// QEMU itself needs, some tens of MiB. The downtime of a running migration is an expectation, and real only once the
// migration has completed. The dirty rate of a migration is in pages a second.
//
// # What libvirt does not tell
//
// The link that a migration will use; whether auto-converge, post-copy or compression will be asked for, which libvirt
// is told with each migration anew; why a migration ended that did not complete: see [Source.Watch].
package libvirt
