// Package proxmox is a [source.Source] that asks a Proxmox VE cluster through the REST API of any of its nodes.
//
//	place, err := proxmox.Open("https://pve1:8006", proxmox.Options{
//		Token: "vmmp@pve!predict=SECRET", CAFile: "/etc/pve/pve-root-ca.pem",
//	})
//
// # Permissions
//
// VM.Audit on /vms, which the role PVEAuditor has, tells of VMs and their configuration; Sys.Audit on / of the limits
// of the datacenter, and on /nodes of the tasks of others; VM.Migrate on /vms what keeps a VM where it is, by Proxmox's
// own judgement, where the configuration is judged else. What is not permitted is unknown, and a note says so.
//
// # What Proxmox decides
//
// Every migration is pre-copy in one stream, with auto-converge and XBZRLE. The downtime limit is the VM's
// migrate_downtime, 100 ms where it has none, and doubles again and again where a migration does not converge. The
// speed limit is the lower one of the VM's migrate_speed, in MiB/s, and of the datacenter's bwlimit, in KiB/s.
//
// # Migrations
//
// The log of a task alone tells how a migration goes and what came of it. Options.ReadLog reads it: without, Progress
// and Watch are not supported.
package proxmox
