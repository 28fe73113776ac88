package precopy

// windowSeconds is how long QEMU counts what it sends before it takes a new estimate of its bandwidth (BUFFER_DELAY of
// migration/migration.h).
const windowSeconds = 0.1

// zeroShare is what a page of zeros costs the link, over a page: the nine bytes that name it.
const zeroShare = 9.0 / 4096

// window is the estimate of the bandwidth, and what follows from it: how much the hypervisor lets be left. Before the
// first window is over, nothing; and right after a run of zeros, in which few bytes were sent, little.
type window struct {
	open      float64 // seconds of the window that is open
	counted   float64 // MiB sent in it
	threshold float64 // MiB
}

// add counts what was sent within some seconds, and closes the window when it is time.
func (w *window) add(p *Params, seconds, mib float64) {
	w.open += seconds
	w.counted += mib
	if w.open >= windowSeconds*(1-1e-9) {
		w.threshold = p.allowed(w.counted / w.open)
		w.restart()
	}
}

// restart opens a new window.
func (w *window) restart() { w.open, w.counted = 0, 0 }

// allowed returns the MiB that may be left where the rounds were seen to send at a rate.
func (p *Params) allowed(rate float64) float64 { return rate * p.Optimism * p.Limit.Seconds() }
