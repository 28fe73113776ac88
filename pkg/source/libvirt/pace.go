package libvirt

import "time"

// A pace says how long is waited, and for what.
type pace struct {
	detail     time.Duration // for one domain to tell what another may keep it from telling
	follow     time.Duration // between two looks at a migration that is watched: libvirt does not say that one has failed
	completion time.Duration // after a migration's end, for libvirt to tell what came of it
	pulse      time.Duration // between two tries whether a connection that is watched still answers
	answer     time.Duration // for it to answer
}

// defaultPace is that of every source; tests are quicker.
var defaultPace = pace{
	detail: 2 * time.Second, follow: 500 * time.Millisecond, completion: 2 * time.Second,
	pulse: 15 * time.Second, answer: 30 * time.Second,
}
