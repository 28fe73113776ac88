package precopy

// QEMU's auto-converge: when a look at the last second or more finds that more than
// half of what was sent has become dirty again, for the second time, the vCPUs are
// slowed by 20 %, then by 10 % more each time, up to 99 %.
const (
	throttleTrigger   = 0.5
	throttleInitial   = 0.20
	throttleIncrement = 0.10
	throttleMost      = 0.99
	throttlePeriod    = 1 // least seconds between two looks
)

// throttle is how far auto-converge has gone.
type throttle struct {
	share    float64 // of guest time that is taken away
	exceeded int     // looks that asked for more
	seconds  float64 // since the last look
	dirtied  float64 // MiB since then
	sent     float64 // MiB since then
}

// adapt takes account of a round, and slows the guest when it is time to.
func (t *throttle) adapt(seconds, dirtied, sent float64) {
	t.seconds += seconds
	t.dirtied += dirtied
	t.sent += sent
	if t.seconds <= throttlePeriod {
		return
	}
	exceeded := t.dirtied > throttleTrigger*t.sent
	t.seconds, t.dirtied, t.sent = 0, 0, 0
	if !exceeded {
		return
	}
	if t.exceeded++; t.exceeded < 2 {
		return
	}
	t.exceeded = 0
	if t.share == 0 {
		t.share = throttleInitial
	} else {
		t.share = min(t.share+throttleIncrement, throttleMost)
	}
}
