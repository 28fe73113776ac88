package precopy

// ram is what of RAM the hypervisor believes is still to be sent, in the order of sending: from low addresses to high,
// and last, from low addresses again, what was found to be dirty since.
type ram struct {
	ahead [5]segment
	next  int // the first segment that is not gone through
}

// segment is a part of RAM that is gone through at one speed.
type segment struct {
	mib   float64
	zeros bool
}

// newRAM returns all RAM, as it is before the first pass.
func newRAM(p *Params) ram {
	zeros := p.MemoryMiB - p.ResidentMiB - p.EndMiB
	return ram{ahead: [...]segment{
		{mib: p.ResidentMiB - p.TailMiB}, {mib: zeros, zeros: true}, {mib: p.TailMiB}, {mib: p.EndMiB, zeros: true}, {},
	}}
}

// left returns the MiB that the hypervisor believes are still to be sent.
func (r *ram) left() float64 {
	mib := 0.0
	for i := r.next; i < len(r.ahead); i++ {
		mib += r.ahead[i].mib
	}
	return mib
}

// pages returns what of that is not zero.
func (r *ram) pages() float64 { return r.ahead[0].mib + r.ahead[2].mib + r.ahead[4].mib }

// zeros returns what of it is.
func (r *ram) zeros() float64 { return r.ahead[1].mib + r.ahead[3].mib }

// enqueue puts what was found to be dirty behind all that is still to be sent.
func (r *ram) enqueue(mib float64) { r.ahead[len(r.ahead)-1].mib += mib }

// segment returns the one that is sent next: the last where nothing is left.
func (r *ram) segment() *segment {
	for r.next < len(r.ahead)-1 && r.ahead[r.next].mib == 0 {
		r.next++
	}
	return &r.ahead[r.next]
}
