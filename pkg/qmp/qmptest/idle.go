package qmptest

// idle holds what QEMU 10.0.2 answered for a guest that had nothing to do, shortened:
//
//	qemu-system-x86_64 -accel tcg -m 256 -smp 2 -name idle -device virtio-balloon-pci,id=balloon \
//	  -blockdev driver=null-co,node-name=disk,size=1073741824 -device virtio-blk-pci,drive=disk
var idle = map[string]string{
	"qmp_capabilities":          `{}`,
	"query-name":                `{"name": "idle"}`,
	"query-uuid":                `{"UUID": "00000000-0000-0000-0000-000000000000"}`,
	"query-status":              `{"status": "running", "running": true}`,
	"query-kvm":                 `{"enabled": false, "present": true}`,
	"query-memory-size-summary": `{"base-memory": 268435456, "plugged-memory": 0}`,
	"query-balloon":             `{"actual": 268435456}`,
	"query-cpus-fast": `[{"thread-id": 2147483646, "props": {"core-id": 0, "thread-id": 0, "socket-id": 0}, ` +
		`"qom-path": "/machine/unattached/device[0]", "cpu-index": 0, "target": "x86_64"}, ` +
		`{"thread-id": 2147483647, "qom-path": "/machine/unattached/device[2]", "cpu-index": 1, "target": "x86_64"}]`,
	"query-blockstats": `[{"device": "", "stats": {"wr_bytes": 0, "wr_operations": 0, "rd_bytes": 512, ` +
		`"rd_operations": 1, "idle_time_ns": 2893854961}, "node-name": "disk", ` +
		`"qdev": "/machine/peripheral-anon/device[0]/virtio-backend"}]`,
	"query-migrate": `{}`,
	"query-migrate-parameters": `{"cpu-throttle-tailslow": false, "xbzrle-cache-size": 67108864, ` +
		`"cpu-throttle-initial": 20, "announce-max": 550, "direct-io": false, "avail-switchover-bandwidth": 0, ` +
		`"multifd-channels": 2, "mode": "normal", "downtime-limit": 300, "multifd-compression": "none", "tls-creds": "", ` +
		`"max-cpu-throttle": 99, "max-postcopy-bandwidth": 0, "max-bandwidth": 134217728, "cpu-throttle-increment": 10}`,
	"query-migrate-capabilities": `[{"state": false, "capability": "xbzrle"}, ` +
		`{"state": false, "capability": "auto-converge"}, {"state": false, "capability": "events"}, ` +
		`{"state": false, "capability": "postcopy-ram"}, ` +
		`{"state": false, "capability": "multifd"}, {"state": false, "capability": "switchover-ack"}]`,
	"query-memdev": `[{"share": false, "reserve": true, "prealloc": false, "host-nodes": [], "size": 268435456, ` +
		`"merge": true, "dump": true, "policy": "default", "id": "pc.ram"}]`,
}

// objects holds what the same QEMU answered to qom-list, by path.
var objects = map[string]string{
	"/machine/peripheral": `[{"name": "type", "type": "string"}, ` +
		`{"name": "balloon", "type": "child<virtio-balloon-pci>"}]`,
	"/machine/peripheral-anon": `[{"name": "type", "type": "string"}, ` +
		`{"name": "device[0]", "type": "child<virtio-blk-pci>"}]`,
	"/objects": `[{"name": "type", "type": "string"}, {"name": "pc.ram", "type": "child<memory-backend-ram>"}]`,
}
