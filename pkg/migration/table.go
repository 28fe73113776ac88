package migration

// Definitions is the feature table: the one place that says what vmmp can be told about a virtual machine.
// Definitions[f].Feature == f for every f.
var Definitions = [Count]Definition{
	{
		Feature: CPULoad, Name: "cpu_load", Flag: "cpu", Unit: "%", Min: 0, Max: 100, Required: true,
		Topic:   TopicVM,
		Doc:     "the VM's CPU use, of all its vCPUs",
		Measure: "`virsh domstats --cpu-total DOMAIN` twice, or `rate(kubevirt_vmi_cpu_usage_seconds_total[1m])`",
	},
	{
		Feature: MemoryUsage, Name: "memory_usage", Flag: "mem", Unit: "%", Min: 0, Max: 100, Required: true,
		Topic:   TopicVM,
		Doc:     "guest memory in use, of the VM's RAM",
		Measure: "`virsh dommemstat DOMAIN` (1 - usable/actual), or `kubevirt_vmi_memory_usable_bytes`",
	},
	{
		Feature: DiskIO, Name: "disk_io", Flag: "disk", Unit: "MB/s", Min: 0, Max: 100000, Topic: TopicVM,
		Doc:     "disk throughput, read and write together",
		Measure: "`virsh domblkstat DOMAIN` twice",
	},
	{
		Feature: NetworkBandwidth, Name: "network_bandwidth", Flag: "net", Unit: "Mbps", Min: 1, Max: 1000000,
		Topic:   TopicLink,
		Doc:     "line rate the migration can use",
		Measure: "`ethtool INTERFACE` on the migration network, or better `iperf3` between the two hosts",
	},
	{
		Feature: BandwidthCap, Name: "bandwidth_cap", Flag: "bandwidth-cap", Unit: "Mbps", Min: 1, Max: 1000000,
		Topic: TopicLink, ZeroNone: true,
		Doc:     "the hypervisor's own max-bandwidth for the rounds",
		Measure: "`virsh migrate-getspeed DOMAIN`, or QMP `query-migrate-parameters` (max-bandwidth)",
	},
	{
		Feature: MemoryMiB, Name: "memory_mib", Flag: "memory", Unit: "MiB", Min: 1, Max: 67108864,
		Topic:   TopicVM,
		Doc:     "the VM's RAM",
		Measure: "`virsh dominfo DOMAIN`",
	},
	{
		Feature: ResidentMiB, Name: "resident_mib", Flag: "resident", Unit: "MiB", Min: 0, Max: 67108864,
		Topic:   TopicVM,
		Doc:     "RAM the hypervisor really holds for it",
		Measure: "`virsh dommemstat DOMAIN` (rss)",
	},
	{
		Feature: VCPUs, Name: "vcpus", Flag: "vcpus", Min: 1, Max: 4096, Kind: Integer, Topic: TopicVM,
		Doc:     "number of virtual CPUs",
		Measure: "`virsh vcpucount DOMAIN`",
	},
	{
		Feature: DirtyRate, Name: "dirty_rate", Flag: "dirty-rate", Unit: "MiB/s", Min: 0, Max: 1000000,
		Topic: TopicWrites,
		Doc:   "distinct memory dirtied in one second",
		Measure: "`virsh domdirtyrate-calc DOMAIN --seconds 1`, QMP `calc-dirty-rate`, " +
			"or `kubevirt_vmi_dirty_rate_bytes_per_second`",
	},
	{
		Feature: WorkingSetMiB, Name: "working_set_mib", Flag: "working-set", Unit: "MiB", Min: 0, Max: 67108864,
		Topic:   TopicWrites,
		Doc:     "writable working set: the dirty curve's plateau",
		Measure: "QMP `calc-dirty-rate` over a long window (calc-time 30): rate times seconds, once it stops growing",
	},
	{
		Feature: DirtyCurve, Name: "dirty_curve", Flag: "dirty-curve", Unit: "s:MiB", Kind: Points,
		Topic: TopicWrites,
		Doc:   "distinct MiB dirtied within each of several windows: the strongest signal",
		Measure: "QMP `calc-dirty-rate` with calc-time 100, 300, 1000, 3000 and 10000 (calc-time-unit millisecond): " +
			"rate times seconds for each",
	},
	{
		Feature: DowntimeLimitMS, Name: "downtime_limit_ms", Flag: "downtime-limit", Unit: "ms", Min: 1, Max: 2000000,
		Topic:   TopicLink,
		Doc:     "the hypervisor's downtime limit",
		Measure: "`virsh migrate-getmaxdowntime DOMAIN`, or QMP `query-migrate-parameters` (downtime-limit)",
	},
	{
		Feature: TimeoutS, Name: "timeout_s", Flag: "precopy-timeout", Unit: "s", Min: 1, Max: 1000000,
		Topic: TopicLink, ZeroNone: true,
		Doc:     "how long the operator lets pre-copy try",
		Measure: "the `--timeout` you give `virsh migrate`, or KubeVirt's completionTimeoutPerGiB times the VM's GiB",
	},
	{
		Feature: AutoConverge, Name: "auto_converge", Flag: "auto-converge", Max: 1, Kind: Bool, Topic: TopicMethod,
		Doc:     "throttling of the guest allowed",
		Measure: "whether you pass `--auto-converge` to `virsh migrate`, or KubeVirt's allowAutoConverge",
	},
	{
		Feature: Method, Name: "method", Flag: "method", Max: float64(len(methods) - 1), Kind: Choice, Choices: methods,
		Topic: TopicMethod,
		Doc:   "how it is moved",
		Measure: "what you pass to `virsh migrate`: `--postcopy --postcopy-after-precopy`, " +
			"`--postcopy --timeout N --timeout-postcopy`, or neither; " +
			"QMP `query-migrate-parameters` (mode: cpr-transfer or cpr-exec)",
	},
	{
		Feature: MultifdChannels, Name: "multifd_channels", Flag: "multifd", Max: 255, Kind: Integer, Topic: TopicMethod,
		Doc: "parallel streams, 0 for a single one without multifd",
		Measure: "`--parallel --parallel-connections N` of `virsh migrate`, " +
			"or QMP `query-migrate-parameters` (multifd-channels)",
	},
	{
		Feature: Compression, Name: "compression", Flag: "compression", Max: float64(len(compressions) - 1), Kind: Choice,
		Choices: compressions, Topic: TopicMethod,
		Doc:     "how memory is compressed on the wire",
		Measure: "`--comp-methods` of `virsh migrate`, or QMP `query-migrate-parameters` (multifd-compression)",
	},
	{
		Feature: TLS, Name: "tls", Flag: "tls", Max: 1, Kind: Bool, Topic: TopicMethod,
		Doc:     "memory is sent encrypted, by TLS",
		Measure: "whether you pass `--tls` to `virsh migrate`, or QMP `query-migrate-parameters` (tls-creds is not empty)",
	},
	{
		Feature: XBZRLE, Name: "xbzrle", Flag: "xbzrle", Max: 1, Kind: Bool, Topic: TopicMethod,
		Doc:     "pages sent again are sent as differences (XBZRLE)",
		Measure: "`--comp-methods xbzrle` of `virsh migrate`, or QMP `query-migrate-capabilities` (xbzrle)",
	},
	{
		Feature: HugePages, Name: "huge_pages", Flag: "huge-pages", Max: 1, Kind: Bool, Topic: TopicPlatform,
		Doc:     "guest RAM backed by huge pages",
		Measure: "`virsh dumpxml DOMAIN` (memoryBacking/hugepages), or KubeVirt's spec.domain.memory.hugepages",
	},
	{
		Feature: Hypervisor, Name: "hypervisor", Flag: "hypervisor", Max: float64(len(hypervisors) - 1), Kind: Choice,
		Choices: hypervisors, Topic: TopicPlatform,
		Doc:     "what runs the guest",
		Measure: "`virsh dumpxml DOMAIN` (domain type; qemu is tcg), or QMP `query-kvm`",
	},
	{
		Feature: HypervisorVersion, Name: "hypervisor_version", Flag: "hypervisor-version", Min: VersionNumber(1, 0),
		Max: VersionNumber(100, versionParts-1), Kind: Version, Topic: TopicPlatform,
		Doc:     "its release, major and minor number: QEMU's, or Xen's",
		Measure: "`virsh version` (running hypervisor), QMP `query-version`, or `xl info` (xen_version)",
	},
	{
		Feature: VFIOMiB, Name: "vfio_mib", Flag: "vfio", Unit: "MiB", Max: 1048576, Topic: TopicPlatform,
		Doc:     "state of passed-through devices, sent while the guest is paused",
		Measure: "QMP `query-migrate` of an earlier migration (vfio transferred), or the device's data sheet",
	},
	{
		Feature: Migratable, Name: "migratable", Flag: "migratable", Max: 1, Kind: Bool, Topic: TopicPlatform,
		Doc: "no device or setting forbids migration",
		Measure: "QMP `query-migrate` (blocked-reasons is absent), " +
			"`virsh dumpxml DOMAIN` (no hostdev without migration support), or KubeVirt's condition LiveMigratable",
	},
	{
		Feature: ZeroTailMiB, Name: "zero_tail_mib", Flag: "zero-tail", Unit: "MiB", Max: 67108864, Topic: TopicVM,
		Doc:     "zero pages at the very end of the guest's RAM",
		Measure: "the page map of QEMU's process on the host (`/proc/PID/pagemap`): pages at the end that were never touched",
	},
}
