package apiload

import "math/rand/v2"

// Requests are made in blocks in which the mix holds exactly.
const (
	block  = 100
	blocks = 8
)

// prepare makes the requests of a run, in an order that the seed decides.
func prepare(o *Options) []*request {
	drafts := o.Requests
	if len(drafts) == 0 {
		drafts = mixed(o.Mix, rand.New(rand.NewPCG(o.Seed, 0)))
	}
	all := make([]*request, len(drafts))
	for i := range drafts {
		all[i] = drafts[i].address(&o.Target)
	}
	return all
}

// mixed draws requests of the mix.
func mixed(m Mix, random *rand.Rand) []Request {
	drawn := [shares]func(int) Request{
		Valid:      func(int) Request { return drawValid(random) },
		Borderline: cycle(borderlineRequests()),
		Invalid:    cycle(invalidRequests()),
	}
	var made [shares]int
	all := make([]Request, 0, block*blocks)
	for range blocks {
		for s, n := range m {
			for range n {
				r := drawn[s](made[s])
				r.Share = Share(s)
				all = append(all, r)
				made[s]++
			}
		}
		part := all[len(all)-block:]
		random.Shuffle(block, func(i, j int) { part[i], part[j] = part[j], part[i] })
	}
	return all
}

// cycle returns a function that hands out requests, beginning anew at their end.
func cycle(all []Request) func(int) Request {
	return func(i int) Request { return all[i%len(all)] }
}
