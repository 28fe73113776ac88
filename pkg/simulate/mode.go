package simulate

// Mode says which VMs are migrated.
type Mode string

// The modes.
const (
	Single     Mode = "single"     // one VM, as busy as this machine
	Continuous Mode = "continuous" // the same, measured anew for each migration
	Stress     Mode = "stress"     // the named scenarios
	Replay     Mode = "replay"     // the rows of a file
	OfFleet    Mode = "fleet"      // VMs of a made-up fleet
)
