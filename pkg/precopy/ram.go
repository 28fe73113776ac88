package precopy

// ram is what of RAM the hypervisor believes is still to be sent, in the order of sending: from low addresses to high,
// and last, from low addresses again, what was found to be dirty since.
type ram struct {
	ahead [6]segment
	next  int // the first segment that is not gone through
}

// segment is a part of RAM that is gone through at one speed.
type segment struct {
	mib   float64
	zeros bool
	again bool // sent before
}

// newRAM returns all RAM, as it is before the first pass. Rounding makes no segment of less than nothing, which could
// never be gone through.
func newRAM(p *Params) ram {
	return ram{ahead: [...]segment{
		{mib: max(p.ResidentMiB-p.TailMiB-p.LastMiB, 0)},
		{mib: max(p.MemoryMiB-p.ResidentMiB-p.EndMiB, 0), zeros: true},
		{mib: p.TailMiB},
		{mib: p.EndMiB, zeros: true},
		{mib: p.LastMiB},
		{again: true}, // dirty
	}}
}

// enqueue puts what was found to be dirty behind all that is still to be sent.
func (r *ram) enqueue(mib float64) { r.ahead[len(r.ahead)-1].mib += mib }

// segment returns the one that is sent next: the last where nothing is left.
func (r *ram) segment() *segment {
	for r.next < len(r.ahead)-1 && r.ahead[r.next].mib <= 0 {
		r.next++
	}
	return &r.ahead[r.next]
}

// left returns the MiB that the hypervisor believes are still to be sent.
func (r *ram) left() float64 {
	mib := 0.0
	for i := r.next; i < len(r.ahead); i++ {
		mib += r.ahead[i].mib
	}
	return mib
}

// parts returns what of that was never sent, was sent before, and is zeros.
func (r *ram) parts() (first, again, zeros float64) {
	for _, part := range r.ahead[r.next:] {
		switch {
		case part.zeros:
			zeros += part.mib
		case part.again:
			again += part.mib
		default:
			first += part.mib
		}
	}
	return first, again, zeros
}
